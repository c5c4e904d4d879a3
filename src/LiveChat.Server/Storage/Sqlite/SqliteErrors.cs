using Microsoft.Data.Sqlite;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>What failures of SQLite mean to a caller.</summary>
internal static class SqliteErrors
{
    private const int Busy = 5, Locked = 6, NoMemory = 7, ReadOnly = 8, IOError = 10, Corrupt = 11, Full = 13, CannotOpen = 14, NotADatabase = 26;

    /// <summary>Extended: the commit is written, and the disk did not say that it has it.</summary>
    private const int SyncFailed = IOError | (4 << 8);

    private static readonly ChatError NotDurable = new(
        ErrorCodes.Internal,
        "The store could not make this durable, so whether it stays stored is not known: repeat it with the same client message id.");

    /// <summary>The store is down for now, or the outcome is not known; anything else is a fault of the program.</summary>
    public static Exception Translate(Exception exception) => exception switch
    {
        SqliteException { SqliteExtendedErrorCode: SyncFailed } => new ChatException(NotDurable, exception),
        IOException
            or SqliteException { SqliteErrorCode: Busy or Locked or NoMemory or ReadOnly or IOError or Corrupt or Full or CannotOpen or NotADatabase } =>
            new ChatException(ChatError.Unavailable, exception),
        _ => exception,
    };
}
