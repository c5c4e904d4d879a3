using EngineIO;

namespace SocketIO;

/// <summary>Every way in which a socket ends. Logs and metrics use <see cref="DisconnectReasons.ToCanonical"/>.</summary>
public enum DisconnectReason
{
    /// <summary>The client left this namespace.</summary>
    ClientNamespaceDisconnect,

    /// <summary>The server called <see cref="ISocket.Disconnect"/>.</summary>
    ServerNamespaceDisconnect,

    /// <summary>The server closed the connection: no namespace was joined in time, a packet that the state does not allow, or on request.</summary>
    ForcedServerClose,

    /// <summary>The server is stopping.</summary>
    ServerShuttingDown,

    /// <summary>The client closed the connection, or it ended.</summary>
    TransportClose,

    /// <summary>The connection failed.</summary>
    TransportError,

    /// <summary>The client missed its half of the heartbeat.</summary>
    PingTimeout,

    /// <summary>The client sent what cannot be decoded.</summary>
    ParseError,

    /// <summary>The client sent more than <see cref="EngineOptions.MaxPayload"/> at once.</summary>
    PayloadTooLarge,

    /// <summary>The client read too slowly for <see cref="EngineOptions.MaxSendBufferBytes"/> or <see cref="EngineOptions.MaxSendBufferPackets"/>.</summary>
    SendBufferFull,

    /// <summary>The client took nothing for <see cref="EngineOptions.WriteTimeout"/>.</summary>
    WriteTimeout,

    /// <summary>The client announced attachments and did not send them within <see cref="SocketIOOptions.AttachmentTimeout"/>.</summary>
    AttachmentTimeout,

    /// <summary>The client sent events faster than its handlers finish: <see cref="SocketIOOptions.MaxPendingEvents"/> or <see cref="SocketIOOptions.MaxPendingEventBytes"/> was passed.</summary>
    EventQueueFull,

    /// <summary>The client sent more CONNECT packets than <see cref="SocketIOOptions.MaxConnects"/>.</summary>
    TooManyConnects,
}

/// <summary>The names of <see cref="DisconnectReason"/>.</summary>
public static class DisconnectReasons
{
    /// <summary>The name as the reference server spells it, or in the same style where it has none.</summary>
    public static string ToCanonical(this DisconnectReason reason) => reason switch
    {
        DisconnectReason.ClientNamespaceDisconnect => "client namespace disconnect",
        DisconnectReason.ServerNamespaceDisconnect => "server namespace disconnect",
        DisconnectReason.ForcedServerClose => "forced server close",
        DisconnectReason.ServerShuttingDown => "server shutting down",
        DisconnectReason.TransportClose => "transport close",
        DisconnectReason.TransportError => "transport error",
        DisconnectReason.PingTimeout => "ping timeout",
        DisconnectReason.ParseError => "parse error",
        DisconnectReason.PayloadTooLarge => "payload too large",
        DisconnectReason.SendBufferFull => "send buffer full",
        DisconnectReason.WriteTimeout => "write timeout",
        DisconnectReason.AttachmentTimeout => "attachment timeout",
        DisconnectReason.EventQueueFull => "event queue full",
        DisconnectReason.TooManyConnects => "too many connects",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };

    /// <summary>Whether a client that ended so may come back and be given what it missed.</summary>
    public static bool IsRecoverable(this DisconnectReason reason) => reason is not
        (DisconnectReason.ClientNamespaceDisconnect or DisconnectReason.ServerNamespaceDisconnect or DisconnectReason.ParseError);

    internal static DisconnectReason FromEngine(CloseReason reason) => reason switch
    {
        CloseReason.TransportError => DisconnectReason.TransportError,
        CloseReason.TransportClose => DisconnectReason.TransportClose,
        CloseReason.PingTimeout => DisconnectReason.PingTimeout,
        CloseReason.ParseError => DisconnectReason.ParseError,
        CloseReason.PayloadTooLarge => DisconnectReason.PayloadTooLarge,
        CloseReason.SendBufferFull => DisconnectReason.SendBufferFull,
        CloseReason.WriteTimeout => DisconnectReason.WriteTimeout,
        CloseReason.AttachmentTimeout => DisconnectReason.AttachmentTimeout,
        CloseReason.ServerShuttingDown => DisconnectReason.ServerShuttingDown,
        CloseReason.ForcedClose or CloseReason.ConnectTimeout => DisconnectReason.ForcedServerClose,
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };
}
