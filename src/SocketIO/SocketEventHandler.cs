namespace SocketIO;

/// <summary>Handles one event of a client; its event is done when the task has completed. See <see cref="INamespace"/> for order, threads and failures.</summary>
/// <param name="received">The event.</param>
/// <param name="cancellationToken">Cancelled when the server stops and does not wait any longer; not by the end of the socket.</param>
public delegate ValueTask SocketEventHandler(SocketEvent received, CancellationToken cancellationToken);

/// <summary>
/// Runs around the handling of an event: before it, after it, or instead of it. What the handler throws comes through here, and
/// so does an <see cref="InvalidEventException"/> for an event that no handler can be given.
/// </summary>
/// <param name="received">The event.</param>
/// <param name="next">The rest: further middlewares, then the handler. Not calling it drops the event.</param>
/// <param name="cancellationToken">To be passed on; see <see cref="SocketEventHandler"/>.</param>
public delegate ValueTask SocketEventMiddleware(SocketEvent received, SocketEventHandler next, CancellationToken cancellationToken);
