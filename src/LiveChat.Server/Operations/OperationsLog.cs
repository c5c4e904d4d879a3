namespace LiveChat.Server.Operations;

/// <summary>What the running of the server says to the operator. An event id is of one message, over all rooms, for good; no value is anything that people wrote, a token or a session id.</summary>
internal static partial class OperationsLog
{
    [LoggerMessage(6, LogLevel.Debug, "{Event} of conversation {ConversationId} at {Sequence}: {Status} by {Participant}, trace {TraceId}")]
    public static partial void Lifecycle(ILogger log, string @event, Guid conversationId, long sequence, ConversationStatus status, ParticipantType participant, string? traceId);

    [LoggerMessage(7, LogLevel.Debug, "Message {Sequence} of conversation {ConversationId} by {Participant}, trace {TraceId}")]
    public static partial void Sent(ILogger log, long sequence, Guid conversationId, ParticipantType participant, string? traceId);

    [LoggerMessage(11, LogLevel.Warning, "{Failures} steps of housekeeping failed and are tried again after {Interval}, the last one so")]
    public static partial void HousekeepingFailed(ILogger log, int failures, TimeSpan interval, Exception exception);

    [LoggerMessage(12, LogLevel.Information, "Stopping: new calls are refused, {Connections} sockets are being closed")]
    public static partial void Draining(ILogger log, int connections);

    [LoggerMessage(13, LogLevel.Information, "Drained, with {Connections} sockets left, which are cut off")]
    public static partial void Drained(ILogger log, int connections);

    [LoggerMessage(14, LogLevel.Information, "Removed {Conversations} closed conversations that had been kept for long enough")]
    public static partial void Removed(ILogger log, int conversations);

    // Without the logger's name, which is a caller's own text.
    [LoggerMessage(50, LogLevel.Information, "An administrator changed a log level; in force for that logger is now {Level}")]
    public static partial void LevelSet(ILogger log, string level);
}
