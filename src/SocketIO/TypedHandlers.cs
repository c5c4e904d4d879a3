using System.Text.Json.Serialization.Metadata;

namespace SocketIO;

/// <summary>
/// Handlers whose arguments are converted for them and whose result is the acknowledgement. They are given the event, which has the
/// socket and <see cref="SocketEvent.Services"/> of a scope of its own, then its arguments, then the token of
/// <see cref="SocketEventHandler"/>. Further arguments of the client are ignored.
/// </summary>
/// <remarks>
/// Where an argument is missing, or is null for a reference type, or does not fit, the handler is not called: see
/// <see cref="InvalidEventException"/>. Types are resolved when the handler is registered, by the given
/// <see cref="JsonTypeInfo{T}"/> or else by <see cref="SocketIOOptions.SerializerOptions"/>; an
/// <see cref="InvalidOperationException"/> says which one cannot be.
/// </remarks>
public static class TypedHandlers
{
    /// <summary>Sets the handler of an event without an argument; the result is the acknowledgement.</summary>
    public static INamespace On<TResult>(
        this INamespace ns, string eventName, Func<SocketEvent, CancellationToken, ValueTask<TResult>> handler, JsonTypeInfo<TResult>? resultType = null) =>
        ns.On(eventName, EventBinder.Bind(ns, handler, resultType));

    /// <summary>Sets the handler of an event with one argument.</summary>
    public static INamespace On<T>(
        this INamespace ns, string eventName, Func<SocketEvent, T, CancellationToken, ValueTask> handler, JsonTypeInfo<T>? type = null) =>
        ns.On(eventName, EventBinder.Bind(ns, handler, type));

    /// <summary>Sets the handler of an event with one argument; the result is the acknowledgement.</summary>
    public static INamespace On<T, TResult>(
        this INamespace ns, string eventName, Func<SocketEvent, T, CancellationToken, ValueTask<TResult>> handler,
        JsonTypeInfo<T>? type = null, JsonTypeInfo<TResult>? resultType = null) =>
        ns.On(eventName, EventBinder.Bind(ns, handler, type, resultType));

    /// <summary>Sets the handler of an event with two arguments.</summary>
    public static INamespace On<T1, T2>(this INamespace ns, string eventName, Func<SocketEvent, T1, T2, CancellationToken, ValueTask> handler) =>
        ns.On(eventName, EventBinder.Bind(ns, handler));

    /// <summary>Sets the handler of an event with two arguments; the result is the acknowledgement.</summary>
    public static INamespace On<T1, T2, TResult>(this INamespace ns, string eventName, Func<SocketEvent, T1, T2, CancellationToken, ValueTask<TResult>> handler) =>
        ns.On(eventName, EventBinder.Bind(ns, handler));

    /// <summary>Sets the handler of an event with three arguments.</summary>
    public static INamespace On<T1, T2, T3>(this INamespace ns, string eventName, Func<SocketEvent, T1, T2, T3, CancellationToken, ValueTask> handler) =>
        ns.On(eventName, EventBinder.Bind(ns, handler));

    /// <summary>Sets the handler of an event with three arguments; the result is the acknowledgement.</summary>
    public static INamespace On<T1, T2, T3, TResult>(
        this INamespace ns, string eventName, Func<SocketEvent, T1, T2, T3, CancellationToken, ValueTask<TResult>> handler) =>
        ns.On(eventName, EventBinder.Bind(ns, handler));

    /// <summary>Sets a socket's own handler of an event with one argument; see <see cref="ISocket.On"/>.</summary>
    public static void On<T>(this ISocket socket, string eventName, Func<SocketEvent, T, CancellationToken, ValueTask> handler, JsonTypeInfo<T>? type = null) =>
        socket.On(eventName, EventBinder.Bind(socket.Namespace, handler, type));

    /// <summary>Sets a socket's own handler of an event with one argument; the result is the acknowledgement.</summary>
    public static void On<T, TResult>(
        this ISocket socket, string eventName, Func<SocketEvent, T, CancellationToken, ValueTask<TResult>> handler,
        JsonTypeInfo<T>? type = null, JsonTypeInfo<TResult>? resultType = null) =>
        socket.On(eventName, EventBinder.Bind(socket.Namespace, handler, type, resultType));
}
