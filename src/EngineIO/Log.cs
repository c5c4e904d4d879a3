using Microsoft.Extensions.Logging;

namespace EngineIO;

/// <summary>Everything that this library logs, under the category <c>EngineIO</c>. No payload, query or session id appears.</summary>
internal sealed partial class Log(ILogger logger)
{
    [LoggerMessage(1, LogLevel.Debug, "Session opened over {Transport}, revision {Revision}.")]
    public partial void Opened(string transport, int revision);

    [LoggerMessage(2, LogLevel.Debug, "Session closed: {Reason}.")]
    public partial void Closed(string reason);

    [LoggerMessage(3, LogLevel.Debug, "Session upgraded to websocket.")]
    public partial void Upgraded();

    [LoggerMessage(4, LogLevel.Debug, "Request refused: {Error}.")]
    public partial void Refused(string error);

    [LoggerMessage(5, LogLevel.Warning, "Requests with unknown session ids keep coming ({Count} in the last minute). Several servers without sticky sessions give this picture.")]
    public partial void UnknownSessions(long count);

    [LoggerMessage(6, LogLevel.Error, "The handler of a session failed.")]
    public partial void HandlerFailed(Exception exception);

    [LoggerMessage(7, LogLevel.Error, "AllowRequest failed; the request was refused.")]
    public partial void AllowRequestFailed(Exception exception);

    [LoggerMessage(8, LogLevel.Error, "What was due for a session has failed.")]
    public partial void SessionFailed(Exception exception);
}
