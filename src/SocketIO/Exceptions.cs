using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace SocketIO;

/// <summary>
/// Thrown by a middleware to refuse a client: it gets CONNECT_ERROR with this message and data, and the connection stays
/// open for other namespaces. Any other exception is logged and refuses with the message <c>Internal error</c>.
/// </summary>
public sealed class ConnectRefusedException : Exception
{
    /// <summary>Refuses with a message only.</summary>
    public ConnectRefusedException(string message)
        : base(message)
    {
    }

    /// <summary>Refuses with a message and data.</summary>
    /// <param name="message">What the client finds in <c>err.message</c>.</param>
    /// <param name="data">What it finds in <c>err.data</c>.</param>
    public ConnectRefusedException(string message, JsonElement? data)
        : base(message) => Refusal = data;

    private ConnectRefusedException()
    {
    }

    private ConnectRefusedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>What the client finds in <c>err.data</c>; clients of protocol 4 get it in place of the message.</summary>
    public JsonElement? Refusal { get; }

    /// <summary>Refuses with a message and a value as data.</summary>
    public static ConnectRefusedException WithData<T>(string message, T data, JsonTypeInfo<T> type) =>
        new(message, JsonSerializer.SerializeToElement(data, type));
}

/// <summary>
/// Thrown by a middleware that cannot decide, because what it decides by is away: the connection is closed with no answer, so that the client
/// tries again by itself, which after CONNECT_ERROR it does not.
/// </summary>
public sealed class ConnectAbandonedException : Exception
{
    /// <summary>Says why; the client is not told.</summary>
    public ConnectAbandonedException(string message)
        : base(message)
    {
    }

    private ConnectAbandonedException()
    {
    }

    private ConnectAbandonedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>The socket ended before the client acknowledged.</summary>
public sealed class SocketDisconnectedException : Exception
{
    /// <summary>Says why the socket ended.</summary>
    public SocketDisconnectedException(DisconnectReason reason)
        : base($"The socket has disconnected: {reason.ToCanonical()}.") => Reason = reason;

    private SocketDisconnectedException()
    {
    }

    private SocketDisconnectedException(string message)
        : base(message)
    {
    }

    private SocketDisconnectedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Why the socket ended.</summary>
    public DisconnectReason Reason { get; }
}
