namespace LiveChat.Server.Storage;

/// <summary>What the store says to the operator. An event id is of one message, over all rooms, for good; no value is anything that people wrote, a token or a session id.</summary>
internal static partial class StoreLog
{
    [LoggerMessage(3, LogLevel.Error, "The store fails: {Calls} calls were refused or not known to be stored since the last line; the last reason: {Reason}")]
    public static partial void Failed(ILogger log, int calls, string reason);

    [LoggerMessage(17, LogLevel.Warning, "Messages that are stored could not be put in their places yet, and the store tries again: {Reason}")]
    public static partial void NotFiled(ILogger log, string reason);

    [LoggerMessage(51, LogLevel.Warning, "The database {Database} runs with fsync off: what is acknowledged is lost when its machine fails")]
    public static partial void NotDurable(ILogger log, string database);

    [LoggerMessage(18, LogLevel.Information, "Recovered {Messages} messages that a server which was cut off had left to be put in their places")]
    public static partial void Recovered(ILogger log, int messages);

    [LoggerMessage(22, LogLevel.Error, "The write-ahead log could not be copied to the database, and the store tries again: {Reason}")]
    public static partial void CheckpointFailed(ILogger log, string reason);

    [LoggerMessage(23, LogLevel.Information, "The write-ahead log is copied to the database again")]
    public static partial void CheckpointsAgain(ILogger log);

    [LoggerMessage(24, LogLevel.Error, "The write-ahead log has reached {Limit} bytes and cannot be copied to the database: writes are refused until it can")]
    public static partial void LogFull(ILogger log, long limit);
}
