namespace LiveChat.Server;

/// <summary>
/// Everything the server logs. Ids are never reused. Nothing of what people wrote, no name, no token and no session id is
/// ever a value here.
/// </summary>
internal static partial class Log
{
    /// <summary>The category that the integration guide names: queue snapshots and lifecycle events at Debug.</summary>
    public const string ChatCategory = "com.example.chat";

    [LoggerMessage(1, LogLevel.Information, "REST on {RestAddress}, Socket.IO on {GatewayAddress}, data in {Database}; authentication is {Authentication}")]
    public static partial void Started(ILogger log, string restAddress, string gatewayAddress, string database, string authentication);

    [LoggerMessage(2, LogLevel.Error, "Unexpected error {TraceId}")]
    public static partial void Unexpected(ILogger log, string traceId, Exception exception);

    [LoggerMessage(3, LogLevel.Error, "The store failed; {Calls} calls were answered 503")]
    public static partial void StoreFailed(ILogger log, int calls, Exception exception);

    [LoggerMessage(4, LogLevel.Error, "The store did not answer within {Timeout}; {Calls} calls were given up")]
    public static partial void StoreStalled(ILogger log, TimeSpan timeout, int calls);

    [LoggerMessage(5, LogLevel.Error, "A subscriber of the bus failed")]
    public static partial void SubscriberFailed(ILogger log, Exception exception);

    [LoggerMessage(6, LogLevel.Debug, "{Event} of conversation {ConversationId} at {Sequence}: {Status} by {Participant}, trace {TraceId}")]
    public static partial void Lifecycle(ILogger log, string @event, Guid conversationId, long sequence, ConversationStatus status, ParticipantType participant, string? traceId);

    [LoggerMessage(7, LogLevel.Debug, "Message {Sequence} of conversation {ConversationId} by {Participant}, trace {TraceId}")]
    public static partial void Sent(ILogger log, long sequence, Guid conversationId, ParticipantType participant, string? traceId);

    [LoggerMessage(8, LogLevel.Debug, "Queue snapshot: {Size} waiting, longest since {Longest}")]
    public static partial void QueueSnapshot(ILogger log, long size, DateTimeOffset? longest);

    [LoggerMessage(9, LogLevel.Warning, "The relay could not read conversation {ConversationId} on from {Sequence}; it tries again")]
    public static partial void RelayFailed(ILogger log, Guid conversationId, long sequence, Exception exception);

    [LoggerMessage(10, LogLevel.Warning, "The queue could not be read for a broadcast; it tries again")]
    public static partial void QueueBroadcastFailed(ILogger log, Exception exception);

    [LoggerMessage(11, LogLevel.Warning, "Housekeeping failed; it tries again after {Interval}")]
    public static partial void HousekeepingFailed(ILogger log, TimeSpan interval, Exception exception);

    [LoggerMessage(12, LogLevel.Information, "Stopping: new calls are refused, {Connections} sockets are being closed")]
    public static partial void Draining(ILogger log, int connections);

    [LoggerMessage(13, LogLevel.Information, "Drained, with {Connections} sockets left, which are cut off")]
    public static partial void Drained(ILogger log, int connections);

    [LoggerMessage(14, LogLevel.Information, "Removed {Conversations} closed conversations that had been kept for long enough")]
    public static partial void Removed(ILogger log, int conversations);

    [LoggerMessage(16, LogLevel.Warning, "The database has too many pages, or auto_vacuum, for their unused parts to be overwritten: copies of what was erased may remain there until VACUUM is run")]
    public static partial void NotScrubbed(ILogger log);

    [LoggerMessage(15, LogLevel.Information, "Erased a customer: {Conversations} conversations with {Messages} messages")]
    public static partial void Erased(ILogger log, int conversations, long messages);

    [LoggerMessage(17, LogLevel.Warning, "Messages that are stored could not be put in their places yet; the store tries again")]
    public static partial void NotFiled(ILogger log, Exception exception);

    [LoggerMessage(18, LogLevel.Information, "Recovered {Messages} messages from the journal of a server that was cut off")]
    public static partial void Recovered(ILogger log, int messages);

    [LoggerMessage(19, LogLevel.Error, "A commit could not be made durable; {Calls} calls were told that their outcome is not known")]
    public static partial void NotDurable(ILogger log, int calls, Exception exception);

    [LoggerMessage(20, LogLevel.Warning, "It could not be found whom to tell that a participant is away; it is tried again")]
    public static partial void AbsenceUntold(ILogger log, Exception exception);

    [LoggerMessage(21, LogLevel.Warning, "It could not be stored that a participant has a socket; the next one tries again")]
    public static partial void SocketNotNoted(ILogger log, Exception exception);
}
