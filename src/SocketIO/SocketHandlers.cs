using SocketIO.Protocol;

namespace SocketIO;

/// <summary>What was registered for one socket at run time. Made with the first registration, so that other sockets pay nothing for it. Thread-safe.</summary>
internal sealed class SocketHandlers
{
    private readonly NamespaceHandlers _shared;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SocketEventHandler> _events = new(StringComparer.Ordinal);
    private SocketEventMiddleware[] _middlewares = [];
    private volatile Action<SocketEvent>[] _listeners = [];
    private volatile Action<OutgoingEvent>[] _outgoing = [];
    private volatile SocketEventHandler _pipeline;

    public SocketHandlers(NamespaceHandlers shared)
    {
        _shared = shared;
        _pipeline = shared.Wrap(DispatchAsync);
    }

    public Action<SocketEvent>[] Listeners => _listeners;

    public Action<OutgoingEvent>[] OutgoingListeners => _outgoing;

    public void On(string eventName, SocketEventHandler handler)
    {
        ReservedNames.ThrowIfReserved(eventName);
        lock (_lock)
        {
            if (!_events.TryAdd(eventName, handler))
                throw new InvalidOperationException($"The event {eventName} has a handler on this socket already.");
        }
    }

    public bool Off(string eventName)
    {
        lock (_lock)
            return _events.Remove(eventName);
    }

    public void UseEvents(SocketEventMiddleware middleware)
    {
        lock (_lock)
        {
            _middlewares = [.. _middlewares, middleware];
            _pipeline = _shared.Wrap(NamespaceHandlers.Wrap(DispatchAsync, _middlewares));
        }
    }

    public void OnAny(Action<SocketEvent> listener)
    {
        lock (_lock)
            _listeners = [.. _listeners, listener];
    }

    public bool OffAny(Action<SocketEvent> listener)
    {
        lock (_lock)
        {
            var before = _listeners;
            _listeners = Without(before, listener);
            return _listeners.Length < before.Length;
        }
    }

    public void OnAnyOutgoing(Action<OutgoingEvent> listener)
    {
        lock (_lock)
            _outgoing = [.. _outgoing, listener];
    }

    public bool OffAnyOutgoing(Action<OutgoingEvent> listener)
    {
        lock (_lock)
        {
            var before = _outgoing;
            _outgoing = Without(before, listener);
            return _outgoing.Length < before.Length;
        }
    }

    public bool IsKnown(string eventName) => Find(eventName) is not null;

    /// <summary>Handles an event: the namespace's middlewares, this socket's, and then its handler or else the namespace's.</summary>
    public ValueTask HandleAsync(SocketEvent received, CancellationToken cancellationToken) => _pipeline(received, cancellationToken);

    private ValueTask DispatchAsync(SocketEvent received, CancellationToken cancellationToken)
    {
        var handler = received.IsTooDeep ? null : Find(received.Name);
        return (handler ?? _shared.FindBare(received))(received, cancellationToken);
    }

    private SocketEventHandler? Find(string eventName)
    {
        lock (_lock)
            return _events.GetValueOrDefault(eventName);
    }

    private static T[] Without<T>(T[] listeners, T listener)
        where T : Delegate
    {
        var at = Array.LastIndexOf(listeners, listener);
        return at < 0 ? listeners : [.. listeners[..at], .. listeners[(at + 1)..]];
    }
}
