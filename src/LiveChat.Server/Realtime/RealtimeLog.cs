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

    [LoggerMessage(9, LogLevel.Warning, "The store could not be asked for what sockets are to be told, {Times} times since the last line, and is asked again; the last reason: {Reason}")]
    public static partial void StoreUnread(ILogger log, int times, string reason);

    [LoggerMessage(16, LogLevel.Error, "Another server is called {Node} too, seen {Times} times since the last line: give each its own Chat:Cluster:Node; until then who is away is not known rightly")]
    public static partial void NameTaken(ILogger log, string node, int times);
}
