namespace LiveChat.Server.Storage;

/// <summary>What the store says to the operator. An event id is of one message, over all rooms, for good; no value is anything that people wrote, a token or a session id.</summary>
internal static partial class StoreLog
{
    [LoggerMessage(3, LogLevel.Error, "The store failed; {Calls} calls were answered 503")]
    public static partial void StoreFailed(ILogger log, int calls, Exception exception);

    [LoggerMessage(4, LogLevel.Error, "The store did not answer within {Timeout}; {Calls} calls were given up")]
    public static partial void StoreStalled(ILogger log, TimeSpan timeout, int calls);

    [LoggerMessage(16, LogLevel.Warning, "The database has too many pages, or auto_vacuum, for their unused parts to be overwritten: copies of what was erased may remain there until VACUUM is run")]
    public static partial void NotScrubbed(ILogger log);

    [LoggerMessage(17, LogLevel.Warning, "Messages that are stored could not be put in their places yet; the store tries again")]
    public static partial void NotFiled(ILogger log, Exception exception);

    [LoggerMessage(18, LogLevel.Information, "Recovered {Messages} messages from the journal of a server that was cut off")]
    public static partial void Recovered(ILogger log, int messages);

    [LoggerMessage(19, LogLevel.Error, "A commit could not be made durable; {Calls} calls were told that their outcome is not known")]
    public static partial void NotDurable(ILogger log, int calls, Exception exception);
}
