using System.Text.Json;

namespace SocketIO;

/// <summary>
/// A namespace: its handlers, its sockets, its rooms. Handlers are registered at start-up, so that no event can come before
/// its handler; each registration returns the namespace itself. Emitting to it reaches all its sockets.
/// </summary>
/// <remarks>
/// <para>
/// One event of a socket is handled at a time, in the order they came; sockets do not wait for each other. Handlers start on
/// the thread that read the event: await what takes long, never block. A handler that throws costs its own event only: it
/// is logged and counted, and stays unacknowledged.
/// </para>
/// <para>
/// Events that were received are handled to the end, also when their socket has ended meanwhile: what a client sends just before
/// it leaves counts. So the token of a handler is not the socket's: it is cancelled when the server stops and the handlers have
/// had <see cref="SocketIOOptions.HandlerTimeout"/> to finish, or the host's own limit if that is shorter. The token for what
/// only this client wants is <see cref="ISocket.Closed"/>.
/// </para>
/// </remarks>
public interface INamespace : IBroadcast
{
    /// <summary>The name, beginning with a slash. Of a family of namespaces: a description.</summary>
    string Name { get; }

    /// <summary>Where the types of typed handlers are resolved: <see cref="SocketIOOptions.SerializerOptions"/>.</summary>
    JsonSerializerOptions? SerializerOptions { get; }

    /// <summary>Sockets connected now.</summary>
    int SocketCount { get; }

    /// <summary>Adds a middleware, run in order before a client's CONNECT is answered. Throw <see cref="ConnectRefusedException"/> to refuse. The token ends with the connection and with <see cref="SocketIOOptions.ConnectTimeout"/>. Events that come before the answer wait for it; nothing is handled of a client that leaves before.</summary>
    INamespace Use(Func<ISocket, CancellationToken, ValueTask> middleware);

    /// <summary>Adds a handler that runs when CONNECT has been answered. Events of the socket wait until all of these have completed, and are handled even if the client has left meanwhile. When one throws, they are dropped and the connection is closed, so that the client comes back.</summary>
    INamespace OnConnected(Func<ISocket, CancellationToken, ValueTask> handler);

    /// <summary>
    /// Adds a handler that runs when a socket has ended: exactly once for each socket for which <see cref="OnConnected"/>
    /// ran, after the events that came before, or <see cref="SocketIOOptions.HandlerTimeout"/> later if those take longer.
    /// The socket has left its rooms by then; <see cref="OnDisconnecting"/> still sees them.
    /// </summary>
    INamespace OnDisconnected(Func<ISocket, DisconnectReason, ValueTask> handler);

    /// <summary>Adds a handler that runs at the moment a socket ends, while <see cref="ISocket.Rooms"/> can still be read. It must be quick and must not block.</summary>
    INamespace OnDisconnecting(Action<ISocket, DisconnectReason> handler);

    /// <summary>Adds a middleware around the handling of each event, in order: the first is the outermost. For what every handler needs: limits, answers to failures, measurements.</summary>
    INamespace UseEvents(SocketEventMiddleware middleware);

    /// <summary>Sets the handler of an event. Those with typed arguments are in <see cref="TypedHandlers"/>.</summary>
    /// <exception cref="InvalidOperationException">The event has a handler, or a client has connected.</exception>
    /// <exception cref="ArgumentException">The name is reserved: <c>connect</c>, <c>connect_error</c>, <c>disconnect</c>, <c>disconnecting</c>, <c>newListener</c>, <c>removeListener</c>.</exception>
    INamespace On(string eventName, SocketEventHandler handler);

    /// <summary>Sets the handler of events that have none. Without it they are dropped and counted.</summary>
    INamespace OnUnhandled(SocketEventHandler handler);

    /// <summary>Adds a listener that sees each event before its middlewares and its handler.</summary>
    INamespace OnAny(Action<SocketEvent> listener);

    /// <summary>Adds a listener that sees each event that is sent to a socket of the namespace, once for each of them. It runs on the thread that emits: it must be quick and must not throw.</summary>
    INamespace OnAnyOutgoing(Action<ISocket, OutgoingEvent> listener);

    /// <summary>Finds a connected socket.</summary>
    ISocket? FindSocket(string id);
}
