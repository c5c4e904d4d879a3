using System.Collections.Frozen;
using SocketIO.Protocol;

namespace SocketIO;

/// <summary>What was registered for a namespace; the namespaces of a family share one. Frozen at the first connection.</summary>
internal sealed class NamespaceHandlers
{
    private readonly SocketServer _server;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SocketEventHandler> _events = new(StringComparer.Ordinal);
    private readonly List<SocketEventMiddleware> _eventMiddlewares = [];
    private SocketEventHandler _unhandled;
    private Pipelines? _frozen;

    public NamespaceHandlers(SocketServer server)
    {
        _server = server;
        _unhandled = (received, _) =>
        {
            server.Metrics.Unhandled(received.Home);
            return default;
        };
    }

    public List<Func<ISocket, CancellationToken, ValueTask>> Middlewares { get; } = [];

    public List<Func<ISocket, CancellationToken, ValueTask>> Connected { get; } = [];

    public List<Func<ISocket, DisconnectReason, ValueTask>> Disconnected { get; } = [];

    public List<Action<ISocket, DisconnectReason>> Disconnecting { get; } = [];

    public List<Action<SocketEvent>> Listeners { get; } = [];

    public List<Action<ISocket, OutgoingEvent>> OutgoingListeners { get; } = [];

    /// <summary>Adds something before the first connection; later it would be seen by some clients and not by others.</summary>
    public void Register(Action add)
    {
        lock (_lock)
        {
            if (_frozen is not null)
                throw new InvalidOperationException("Handlers are registered before the first client connects.");
            add();
        }
    }

    public void On(string eventName, SocketEventHandler handler)
    {
        ReservedNames.ThrowIfReserved(eventName);
        Register(() =>
        {
            if (!_events.TryAdd(eventName, handler))
                throw new InvalidOperationException($"The event {eventName} has a handler already.");
        });
    }

    public void OnUnhandled(SocketEventHandler handler) => Register(() => _unhandled = handler);

    public void UseEvents(SocketEventMiddleware middleware) => Register(() => _eventMiddlewares.Add(middleware));

    /// <summary>Ends the time of registration: what handles an event is put together once and not for each event.</summary>
    public void Freeze()
    {
        lock (_lock)
        {
            _frozen ??= new Pipelines(
                _events.ToFrozenDictionary(pair => pair.Key, pair => Wrap(pair.Value), StringComparer.Ordinal),
                Wrap(_unhandled),
                Wrap(RefuseTooDeep));
        }
    }

    /// <summary>What handles an event, the middlewares included.</summary>
    public SocketEventHandler Find(SocketEvent received)
    {
        var pipelines = _frozen!;
        if (received.IsTooDeep)
            return pipelines.TooDeep;
        return pipelines.Events.TryGetValue(received.Name, out var handler) ? handler : pipelines.Unhandled;
    }

    /// <summary>What handles an event, without the middlewares.</summary>
    public SocketEventHandler FindBare(SocketEvent received)
    {
        if (received.IsTooDeep)
            return RefuseTooDeep;
        return _events.TryGetValue(received.Name, out var handler) ? handler : _unhandled;
    }

    /// <summary>Whether a name is one of this server's own, and so fit for a log.</summary>
    public bool IsKnown(string name) => ReservedNames.Contains(name) || _frozen!.Events.ContainsKey(name);

    /// <summary>Puts this namespace's middlewares around a handler.</summary>
    public SocketEventHandler Wrap(SocketEventHandler handler) => Wrap(handler, _eventMiddlewares);

    public static SocketEventHandler Wrap(SocketEventHandler handler, IReadOnlyList<SocketEventMiddleware> middlewares)
    {
        for (var i = middlewares.Count - 1; i >= 0; i--)
        {
            var (middleware, next) = (middlewares[i], handler);
            handler = (received, cancellationToken) => middleware(received, next, cancellationToken);
        }

        return handler;
    }

    private ValueTask RefuseTooDeep(SocketEvent received, CancellationToken cancellationToken) =>
        throw _server.Invalid(received, InvalidEventReason.TooDeep);

    private sealed record Pipelines(FrozenDictionary<string, SocketEventHandler> Events, SocketEventHandler Unhandled, SocketEventHandler TooDeep);
}
