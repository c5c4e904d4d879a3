namespace EngineIO;

/// <summary>Every way in which a session ends. The log lines and the metric <c>engineio.sessions.closed</c> use <see cref="CloseReasons.ToCanonical"/>.</summary>
public enum CloseReason
{
    /// <summary>The connection failed: a reset, an aborted or duplicate poll, a packet that the state does not allow.</summary>
    TransportError,

    /// <summary>The client closed: a close packet, a WebSocket close frame, the end of the connection.</summary>
    TransportClose,

    /// <summary>The server closed it through <see cref="Session.Close(CloseReason)"/>.</summary>
    ForcedClose,

    /// <summary>The client missed its half of the heartbeat.</summary>
    PingTimeout,

    /// <summary>A packet or payload could not be decoded.</summary>
    ParseError,

    /// <summary>A message or body was larger than <see cref="EngineOptions.MaxPayload"/>.</summary>
    PayloadTooLarge,

    /// <summary>The client read too slowly: <see cref="EngineOptions.MaxSendBufferBytes"/> or <see cref="EngineOptions.MaxSendBufferPackets"/> was passed.</summary>
    SendBufferFull,

    /// <summary>A write stayed unfinished for <see cref="EngineOptions.WriteTimeout"/>.</summary>
    WriteTimeout,

    /// <summary>The client did not get as far as the layer above asks for in time; with Socket.IO: no namespace was joined.</summary>
    ConnectTimeout,

    /// <summary>The client did not send the rest of a message in time whose beginning the layer above has; with Socket.IO: attachments.</summary>
    AttachmentTimeout,

    /// <summary>The server is stopping.</summary>
    ServerShuttingDown,
}

/// <summary>The names of <see cref="CloseReason"/>.</summary>
public static class CloseReasons
{
    /// <summary>The name as Socket.IO's reference server spells it, or in the same style where it has none.</summary>
    public static string ToCanonical(this CloseReason reason) => reason switch
    {
        CloseReason.TransportError => "transport error",
        CloseReason.TransportClose => "transport close",
        CloseReason.ForcedClose => "forced close",
        CloseReason.PingTimeout => "ping timeout",
        CloseReason.ParseError => "parse error",
        CloseReason.PayloadTooLarge => "payload too large",
        CloseReason.SendBufferFull => "send buffer full",
        CloseReason.WriteTimeout => "write timeout",
        CloseReason.ConnectTimeout => "connect timeout",
        CloseReason.AttachmentTimeout => "attachment timeout",
        CloseReason.ServerShuttingDown => "server shutting down",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };
}
