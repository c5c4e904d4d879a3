namespace LiveChat.Server.Wire;

/// <summary>What is said of a fault of the program or of the store. An event id is of one message, over all rooms, for good; no value is anything that people wrote, a token or a session id.</summary>
internal static partial class FaultLog
{
    [LoggerMessage(2, LogLevel.Error, "Unexpected error {TraceId}")]
    public static partial void Unexpected(ILogger log, string traceId, Exception exception);

    [LoggerMessage(33, LogLevel.Error, "{Calls} calls were answered 500 since the last line, since it is not known whether what they wrote is stored; the last reason: {Reason}; traces {TraceIds}")]
    public static partial void OutcomeUnknown(ILogger log, int calls, string reason, string traceIds);
}
