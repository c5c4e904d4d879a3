using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace SocketIO;

/// <summary>
/// One client in one namespace. All members may be called from any thread. What is emitted to it is delivered in the order
/// of the calls, and an emit that returned before <see cref="Join(string)"/> was called comes before whatever that room is sent
/// afterwards.
/// </summary>
/// <remarks>Emitting an event whose name is reserved (<c>connect</c>, <c>connect_error</c>, <c>disconnect</c>, <c>disconnecting</c>, <c>newListener</c>, <c>removeListener</c>) throws an <see cref="ArgumentException"/>.</remarks>
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

    /// <summary>Emits an event if the connection takes it at once, and drops it otherwise: false.</summary>
    bool EmitVolatile(string eventName, ReadOnlyMemory<byte> utf8Json);

    /// <summary>Emits an event if the connection takes it at once, and drops it otherwise: false.</summary>
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
    /// <returns>The acknowledgement, with its binary values; <see cref="TypedEmits"/> has it converted.</returns>
    /// <exception cref="TimeoutException">The client did not answer in time.</exception>
    /// <exception cref="SocketDisconnectedException">The socket has ended.</exception>
    /// <exception cref="InvalidOperationException">More than <see cref="SocketIOOptions.MaxPendingAcks"/> are waited for.</exception>
    /// <exception cref="JsonException">The acknowledgement is nested deeper than <see cref="SocketIOOptions.MaxDepth"/>.</exception>
    Task<Acknowledgement> EmitWithAckAsync(string eventName, ReadOnlyMemory<byte> utf8Json, TimeSpan? timeout = null, CancellationToken cancellationToken = default);

    /// <summary>As the other overload, with any arguments.</summary>
    Task<Acknowledgement> EmitWithAckAsync(string eventName, EventArguments arguments, TimeSpan? timeout = null, CancellationToken cancellationToken = default);

    /// <summary>Joins a room. Does nothing when the socket has ended.</summary>
    /// <exception cref="InvalidOperationException">The socket is in <see cref="SocketIOOptions.MaxRoomsPerSocket"/> rooms.</exception>
    void Join(string room);

    /// <summary>Joins rooms, in one step: no broadcast sees the socket in some of them only. Does nothing when the socket has ended.</summary>
    /// <exception cref="InvalidOperationException">The socket is in <see cref="SocketIOOptions.MaxRoomsPerSocket"/> rooms; it has joined those before.</exception>
    void Join(params ReadOnlySpan<string> rooms);

    /// <summary>Leaves a room.</summary>
    void Leave(string room);

    /// <summary>Leaves rooms.</summary>
    void Leave(params ReadOnlySpan<string> rooms);

    /// <summary>The rooms, the one of the socket's own id included; empty after the end. A copy.</summary>
    IReadOnlyCollection<string> Rooms { get; }

    /// <summary>Everyone in the namespace but this socket.</summary>
    BroadcastOperator Broadcast { get; }

    /// <summary>Everyone in a room but this socket.</summary>
    BroadcastOperator To(string room);

    /// <summary>Everyone in any of the rooms but this socket.</summary>
    BroadcastOperator To(params ReadOnlySpan<string> rooms);

    /// <summary>The same as <see cref="To(string)"/>.</summary>
    BroadcastOperator In(string room);

    /// <summary>Everyone in the namespace but this socket and those in a room.</summary>
    BroadcastOperator Except(string room);

    /// <summary>Everyone in the namespace but this socket and those in any of the rooms.</summary>
    BroadcastOperator Except(params ReadOnlySpan<string> rooms);

    /// <summary>
    /// Sets this socket's own handler of an event, in place of the namespace's if that has one; from now on, for events whose
    /// handling has not begun. Like all that is registered on a socket it ends with it: a client that comes back, recovered or
    /// not, has a new socket, so register in <see cref="INamespace.OnConnected"/>, before which no event is handled.
    /// </summary>
    /// <exception cref="InvalidOperationException">The socket has a handler of its own for the event.</exception>
    /// <exception cref="ArgumentException">The name is reserved by Socket.IO.</exception>
    void On(string eventName, SocketEventHandler handler);

    /// <summary>Takes this socket's own handler of an event away; the namespace's counts again. False when there is none.</summary>
    bool Off(string eventName);

    /// <summary>Adds a middleware around the handling of each event of this socket, inside the namespace's.</summary>
    void UseEvents(SocketEventMiddleware middleware);

    /// <summary>Adds a listener that sees each event of this socket before its middlewares and its handler.</summary>
    void OnAny(Action<SocketEvent> listener);

    /// <summary>Takes such a listener away. False when it is not there.</summary>
    bool OffAny(Action<SocketEvent> listener);

    /// <summary>Adds a listener that sees each event that is sent to this socket. It runs on the thread that emits: it must be quick and must not throw.</summary>
    void OnAnyOutgoing(Action<OutgoingEvent> listener);

    /// <summary>Takes such a listener away. False when it is not there.</summary>
    bool OffAnyOutgoing(Action<OutgoingEvent> listener);

    /// <summary>Ends the socket: the client is told, and its library does not reconnect by itself.</summary>
    /// <param name="close">Whether to end all namespaces of the connection, and the connection.</param>
    void Disconnect(bool close = false);

    /// <summary>
    /// Ends the connection after what is queued was sent, and without a DISCONNECT: to the client the transport is gone, so its library
    /// reconnects by itself. The one to use for a fault that will pass.
    /// </summary>
    void CloseConnection();
}
