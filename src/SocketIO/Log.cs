using Microsoft.Extensions.Logging;

namespace SocketIO;

/// <summary>Everything that this library logs, under the category <c>SocketIO</c>. No payload, query, auth or id appears, and no event name that a client made up.</summary>
internal sealed partial class Log(ILogger logger)
{
    [LoggerMessage(1, LogLevel.Debug, "Socket connected to {Namespace}.")]
    public partial void Connected(string @namespace);

    [LoggerMessage(2, LogLevel.Debug, "Socket disconnected from {Namespace}: {Reason}.")]
    public partial void Disconnected(string @namespace, string reason);

    [LoggerMessage(3, LogLevel.Error, "A handler of {Namespace} failed on {EventName}.")]
    public partial void HandlerFailed(string @namespace, string eventName, Exception exception);

    [LoggerMessage(4, LogLevel.Error, "A middleware of {Namespace} failed; the client was refused.")]
    public partial void MiddlewareFailed(string @namespace, Exception exception);

    [LoggerMessage(5, LogLevel.Warning, "A handler of {Namespace} still runs long after its socket has ended; the end was reported without waiting for it.")]
    public partial void HandlerHangs(string @namespace);

    [LoggerMessage(6, LogLevel.Debug, "No handler can be given {EventName}: {Reason}, at {Path}.")]
    public partial void EventInvalid(string eventName, InvalidEventReason reason, string? path);

    [LoggerMessage(7, LogLevel.Error, "The predicate of a family of namespaces failed.")]
    public partial void PredicateFailed(Exception exception);

    [LoggerMessage(9, LogLevel.Error, "A listener of {Namespace} for outgoing events failed.")]
    public partial void ListenerFailed(string @namespace, Exception exception);

    [LoggerMessage(10, LogLevel.Error, "What a refusal of {Namespace} carries could not be made; it carries nothing.")]
    public partial void RefusalDataFailed(string @namespace, Exception exception);

    [LoggerMessage(8, LogLevel.Warning, "A client of {Namespace} could not be restored; its connection was closed.")]
    public partial void RestoreFailed(string @namespace, Exception exception);
}
