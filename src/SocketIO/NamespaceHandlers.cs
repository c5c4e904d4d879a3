using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace SocketIO;

/// <summary>What was registered for a namespace; the namespaces of a family share one. Frozen at the first connection.</summary>
internal sealed class NamespaceHandlers(SocketServer server)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Func<SocketEvent, CancellationToken, ValueTask>> _events = new(StringComparer.Ordinal);
    private FrozenDictionary<string, Func<SocketEvent, CancellationToken, ValueTask>>? _frozen;

    public List<Func<ISocket, CancellationToken, ValueTask>> Middlewares { get; } = [];

    public List<Func<ISocket, CancellationToken, ValueTask>> Connected { get; } = [];

    public List<Func<ISocket, DisconnectReason, ValueTask>> Disconnected { get; } = [];

    public List<Action<ISocket, DisconnectReason>> Disconnecting { get; } = [];

    public List<Action<SocketEvent>> Listeners { get; } = [];

    public Func<SocketEvent, CancellationToken, ValueTask>? Unhandled { get; private set; }

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

    public void On(string name, Func<SocketEvent, CancellationToken, ValueTask> handler) => Register(() =>
    {
        if (!_events.TryAdd(name, handler))
            throw new InvalidOperationException($"The event {name} has a handler already.");
    });

    public void OnUnhandled(Func<SocketEvent, CancellationToken, ValueTask> handler) => Register(() => Unhandled = handler);

    public void On<T>(string name, Func<ISocket, T, CancellationToken, ValueTask> handler, JsonTypeInfo<T>? type)
    {
        type = Resolve(type);
        On(name, (received, token) => TryBind(received, type, out var value) ? handler(received.Socket, value, token) : default);
    }

    public void On<T, TResult>(string name, Func<ISocket, T, CancellationToken, ValueTask<TResult>> handler, JsonTypeInfo<T>? type, JsonTypeInfo<TResult>? resultType)
    {
        type = Resolve(type);
        resultType = Resolve(resultType);
        On(name, (received, token) => TryBind(received, type, out var value) ? AnswerAsync(received, value, token) : default);

        ValueTask AnswerAsync(SocketEvent received, T value, CancellationToken token)
        {
            var result = handler(received.Socket, value, token);
            if (!result.IsCompletedSuccessfully)
                return AwaitAsync(received, result);
            received.Ack(result.Result, resultType);
            return default;
        }

        async ValueTask AwaitAsync(SocketEvent received, ValueTask<TResult> result) => received.Ack(await result, resultType);
    }

    public void Freeze()
    {
        lock (_lock)
            _frozen ??= _events.ToFrozenDictionary(StringComparer.Ordinal);
    }

    public Func<SocketEvent, CancellationToken, ValueTask>? Find(string name) =>
        _frozen!.TryGetValue(name, out var handler) ? handler : Unhandled;

    /// <summary>Whether a name is one of this server's own, and so fit for a log.</summary>
    public bool IsKnown(string name) => name is "connect" or "disconnect" or "disconnecting" || _frozen!.ContainsKey(name);

    private JsonTypeInfo<T> Resolve<T>(JsonTypeInfo<T>? type) => type
        ?? server.Options.SerializerOptions?.GetTypeInfo(typeof(T)) as JsonTypeInfo<T>
        ?? throw new InvalidOperationException($"No JsonTypeInfo for {typeof(T)}: pass one, or set {nameof(SocketIOOptions.SerializerOptions)}.");

    private bool TryBind<T>(SocketEvent received, JsonTypeInfo<T> type, [MaybeNullWhen(false)] out T value)
    {
        try
        {
            value = received.Get(0, type)!;
            if (value is not null || default(T) is null && received.ArgumentsJson.Span.StartsWith("null"u8))
                return true;
        }
        catch (JsonException exception)
        {
            server.Log.ArgumentNotBound(received.Name, exception.Path);
        }
        catch (InvalidOperationException)
        {
            // A string with a lone surrogate.
            server.Log.ArgumentNotBound(received.Name, null);
        }

        value = default;
        server.Metrics.BindFailed(received.Home);
        received.Ack("""{"error":{"code":"bad_argument","message":"The argument of the event is not what it takes."}}"""u8.ToArray());
        return false;
    }
}
