using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace SocketIO;

/// <summary>
/// One client in one namespace. All members may be called from any thread. What is emitted to it is delivered in the order
/// of the calls, and an emit that returned before <see cref="Join"/> was called comes before whatever that room is sent
/// afterwards.
/// </summary>
public interface ISocket
{
    /// <summary>The id, which other clients may see. For clients of protocol 4 it is made from the session's id, as their library expects.</summary>
    string Id { get; }

    /// <summary>The namespace.</summary>
    INamespace Namespace { get; }

    /// <summary>What the client said when it connected.</summary>
    Handshake Handshake { get; }

    /// <summary>For the application's own use; safe for concurrent use.</summary>
    IDictionary<object, object?> Items { get; }

    /// <summary>Whether the socket takes packets: from its CONNECT being answered until it ends.</summary>
    bool Connected { get; }

    /// <summary>Cancelled when the socket ends: for what only this client wants, such as an answer to it or a file that it is being sent. Not for what it has asked to be stored; see <see cref="INamespace"/>.</summary>
    CancellationToken Closed { get; }

    /// <summary>The transport in use: <c>polling</c> or <c>websocket</c>.</summary>
    string TransportName { get; }

    /// <summary>The revision of the Socket.IO protocol that the client speaks: 4 or 5.</summary>
    int Protocol { get; }

    /// <summary>Whether the socket was restored by the <see cref="SocketIOOptions.Recovery"/> store.</summary>
    bool Recovered { get; }

    /// <summary>Emits an event without arguments. Never blocks; false when the socket is not connected (any more).</summary>
    bool Emit(string eventName);

    /// <summary>Emits an event with one argument. Never blocks; false when the socket is not connected (any more).</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="utf8Json">One JSON value, not checked.</param>
    bool Emit(string eventName, ReadOnlyMemory<byte> utf8Json);

    /// <summary>Emits an event with one argument. Never blocks; false when the socket is not connected (any more).</summary>
    bool Emit<T>(string eventName, T value, JsonTypeInfo<T> type);

    /// <summary>Emits an event with any arguments. Never blocks; false when the socket is not connected (any more).</summary>
    bool Emit(string eventName, EventArguments arguments);

    /// <summary>As <see cref="Emit(string, EventArguments)"/>, and with the offset that a recovery store can find the event by.</summary>
    bool Emit(string eventName, EventArguments arguments, string offset);

    /// <summary>As <see cref="Emit(string, ReadOnlyMemory{byte})"/>, and with the offset that a recovery store can find the event by.</summary>
    bool Emit(string eventName, ReadOnlyMemory<byte> utf8Json, string offset);

    /// <summary>Emits an event if the connection can take it at once, and drops it otherwise.</summary>
    bool EmitVolatile(string eventName, EventArguments arguments);

    /// <summary>Emits after the send buffer has room: <see cref="DrainAsync"/>, then <see cref="Emit(string, ReadOnlyMemory{byte})"/>.</summary>
    ValueTask<bool> EmitAsync(string eventName, ReadOnlyMemory<byte> utf8Json, CancellationToken cancellationToken);

    /// <summary>Completes when the connection's send buffer is below half of its limits, or the socket has ended.</summary>
    ValueTask DrainAsync(CancellationToken cancellationToken);

    /// <summary>Emits an event and waits for the client's acknowledgement.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="utf8Json">One JSON value, not checked; empty for no argument.</param>
    /// <param name="timeout">How long to wait; <see cref="SocketIOOptions.AckTimeout"/> by default.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The arguments of the acknowledgement.</returns>
    /// <exception cref="TimeoutException">The client did not answer in time.</exception>
    /// <exception cref="SocketDisconnectedException">The socket has ended.</exception>
    /// <exception cref="InvalidOperationException">More than <see cref="SocketIOOptions.MaxPendingAcks"/> are waited for.</exception>
    Task<JsonElement[]> EmitWithAckAsync(string eventName, ReadOnlyMemory<byte> utf8Json, TimeSpan? timeout = null, CancellationToken cancellationToken = default);

    /// <summary>As the other overload, with any arguments and an answer that may hold binary values.</summary>
    Task<Acknowledgement> EmitWithAckAsync(string eventName, EventArguments arguments, TimeSpan? timeout = null, CancellationToken cancellationToken = default);

    /// <summary>Joins a room. Does nothing when the socket has ended.</summary>
    /// <exception cref="InvalidOperationException">The socket is in <see cref="SocketIOOptions.MaxRoomsPerSocket"/> rooms.</exception>
    void Join(string room);

    /// <summary>Leaves a room.</summary>
    void Leave(string room);

    /// <summary>The rooms, the one of the socket's own id included; empty after the end. A copy.</summary>
    IReadOnlyCollection<string> Rooms { get; }

    /// <summary>Everyone in the namespace but this socket.</summary>
    BroadcastOperator Broadcast { get; }

    /// <summary>Everyone in a room but this socket.</summary>
    BroadcastOperator To(string room);

    /// <summary>Ends the socket: the client is told, and its library does not reconnect by itself.</summary>
    /// <param name="close">Whether to end all namespaces of the connection, and the connection.</param>
    void Disconnect(bool close = false);

    /// <summary>
    /// Ends the connection after what is queued was sent, and without a DISCONNECT: to the client the transport is gone, so its library
    /// reconnects by itself. The one to use for a fault that will pass.
    /// </summary>
    void CloseConnection();
}
