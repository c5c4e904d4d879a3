namespace LiveChat.Server.Wire;

/// <summary>What is said of a fault of the program. An event id is of one message, over all rooms, for good; no value is anything that people wrote, a token or a session id.</summary>
internal static partial class FaultLog
{
    [LoggerMessage(2, LogLevel.Error, "Unexpected error {TraceId}")]
    public static partial void Unexpected(ILogger log, string traceId, Exception exception);
}
