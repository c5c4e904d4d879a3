namespace EngineIO.Protocol;

/// <summary>The packet types of the Engine.IO protocol. On the wire each is one digit, or one byte in binary forms of revision 3.</summary>
public enum PacketType
{
    /// <summary>The server's handshake.</summary>
    Open = 0,

    /// <summary>The sender ends the session.</summary>
    Close = 1,

    /// <summary>Half of the heartbeat: sent by the server in revision 4, by the client in revision 3.</summary>
    Ping = 2,

    /// <summary>The answer to a ping.</summary>
    Pong = 3,

    /// <summary>Text or binary of the layer above.</summary>
    Message = 4,

    /// <summary>The client moves the session to the transport that carries this packet.</summary>
    Upgrade = 5,

    /// <summary>Ends a parked poll during an upgrade; carries nothing.</summary>
    Noop = 6,
}
