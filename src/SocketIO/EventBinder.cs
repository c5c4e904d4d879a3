using System.Text.Json.Serialization.Metadata;

namespace SocketIO;

/// <summary>Makes handlers of events out of functions of typed arguments.</summary>
internal static class EventBinder
{
    public static SocketEventHandler Bind<TResult>(
        INamespace ns, Func<SocketEvent, CancellationToken, ValueTask<TResult>> handler, JsonTypeInfo<TResult>? resultType)
    {
        var result = Resolve(ns, resultType);
        return (received, token) => AcknowledgeAsync(received, handler(received, token), result);
    }

    public static SocketEventHandler Bind<T>(INamespace ns, Func<SocketEvent, T, CancellationToken, ValueTask> handler, JsonTypeInfo<T>? type)
    {
        var first = Resolve(ns, type);
        return (received, token) => handler(received, received.Bind(0, first), token);
    }

    public static SocketEventHandler Bind<T, TResult>(
        INamespace ns, Func<SocketEvent, T, CancellationToken, ValueTask<TResult>> handler, JsonTypeInfo<T>? type, JsonTypeInfo<TResult>? resultType)
    {
        var (first, result) = (Resolve(ns, type), Resolve(ns, resultType));
        return (received, token) => AcknowledgeAsync(received, handler(received, received.Bind(0, first), token), result);
    }

    public static SocketEventHandler Bind<T1, T2>(INamespace ns, Func<SocketEvent, T1, T2, CancellationToken, ValueTask> handler)
    {
        var (first, second) = (Resolve<T1>(ns), Resolve<T2>(ns));
        return (received, token) => handler(received, received.Bind(0, first), received.Bind(1, second), token);
    }

    public static SocketEventHandler Bind<T1, T2, TResult>(INamespace ns, Func<SocketEvent, T1, T2, CancellationToken, ValueTask<TResult>> handler)
    {
        var (first, second, result) = (Resolve<T1>(ns), Resolve<T2>(ns), Resolve<TResult>(ns));
        return (received, token) => AcknowledgeAsync(received, handler(received, received.Bind(0, first), received.Bind(1, second), token), result);
    }

    public static SocketEventHandler Bind<T1, T2, T3>(INamespace ns, Func<SocketEvent, T1, T2, T3, CancellationToken, ValueTask> handler)
    {
        var (first, second, third) = (Resolve<T1>(ns), Resolve<T2>(ns), Resolve<T3>(ns));
        return (received, token) => handler(received, received.Bind(0, first), received.Bind(1, second), received.Bind(2, third), token);
    }

    public static SocketEventHandler Bind<T1, T2, T3, TResult>(INamespace ns, Func<SocketEvent, T1, T2, T3, CancellationToken, ValueTask<TResult>> handler)
    {
        var (first, second, third, result) = (Resolve<T1>(ns), Resolve<T2>(ns), Resolve<T3>(ns), Resolve<TResult>(ns));
        return (received, token) => AcknowledgeAsync(
            received, handler(received, received.Bind(0, first), received.Bind(1, second), received.Bind(2, third), token), result);
    }

    private static ValueTask AcknowledgeAsync<TResult>(SocketEvent received, ValueTask<TResult> handling, JsonTypeInfo<TResult> type)
    {
        if (!handling.IsCompletedSuccessfully)
            return AwaitAsync(received, handling, type);
        received.Ack(handling.Result, type);
        return default;

        static async ValueTask AwaitAsync(SocketEvent received, ValueTask<TResult> handling, JsonTypeInfo<TResult> type) =>
            received.Ack(await handling, type);
    }

    private static JsonTypeInfo<T> Resolve<T>(INamespace ns, JsonTypeInfo<T>? type = null) => type
        ?? (ns.SerializerOptions?.TryGetTypeInfo(typeof(T), out var found) == true ? found as JsonTypeInfo<T> : null)
        ?? throw new InvalidOperationException($"No JsonTypeInfo for {typeof(T)}: pass one, or set {nameof(SocketIOOptions.SerializerOptions)}.");
}
