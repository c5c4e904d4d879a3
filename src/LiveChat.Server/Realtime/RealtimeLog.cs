namespace LiveChat.Server.Realtime;

/// <summary>What the way to the sockets says to the operator. An event id is of one message, over all rooms, for good; no value is anything that people wrote, a token or a session id.</summary>
internal static partial class RealtimeLog
{
    /// <summary>The category that the integration guide names: queue snapshots and lifecycle events at Debug.</summary>
    public const string ChatCategory = "com.example.chat";

    [LoggerMessage(5, LogLevel.Error, "A subscriber of the bus failed")]
    public static partial void SubscriberFailed(ILogger log, Exception exception);

    [LoggerMessage(8, LogLevel.Debug, "Queue snapshot: {Size} waiting, longest since {Longest}")]
    public static partial void QueueSnapshot(ILogger log, long size, DateTimeOffset? longest);

    [LoggerMessage(9, LogLevel.Warning, "The relay could not read conversation {ConversationId} on from {Sequence}; it tries again")]
    public static partial void RelayFailed(ILogger log, Guid conversationId, long sequence, Exception exception);

    [LoggerMessage(10, LogLevel.Warning, "The queue could not be read for a broadcast; it tries again")]
    public static partial void QueueBroadcastFailed(ILogger log, Exception exception);

    [LoggerMessage(20, LogLevel.Warning, "It could not be found whom to tell that a participant is away; it is tried again")]
    public static partial void AbsenceUntold(ILogger log, Exception exception);

    [LoggerMessage(21, LogLevel.Warning, "It could not be stored that a participant has a socket; the next one tries again")]
    public static partial void SocketNotNoted(ILogger log, Exception exception);
}
