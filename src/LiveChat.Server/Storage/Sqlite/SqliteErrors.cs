using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>What failures of SQLite mean to a caller.</summary>
internal static class SqliteErrors
{
    private static readonly ChatError NotDurable = new(
        ErrorCodes.Internal,
        "The store could not make this durable, so whether it stays stored is not known: repeat it with the same client message id.");

    /// <summary>A store that does not work or an outcome that is not known; anything else is a fault of the program.</summary>
    public static Exception Translate(Exception exception) => exception switch
    {
        // The commit is written, and the disk did not say that it has it.
        SqliteException { SqliteExtendedErrorCode: SQLITE_IOERR_FSYNC } => new ChatException(NotDurable, exception),
        IOException
            or SqliteException
            {
                SqliteErrorCode: SQLITE_BUSY or SQLITE_LOCKED or SQLITE_NOMEM or SQLITE_READONLY or SQLITE_IOERR or SQLITE_CORRUPT or SQLITE_FULL
                    or SQLITE_CANTOPEN or SQLITE_NOTADB,
            } => new ChatException(ChatError.Unavailable, exception),
        _ => exception,
    };
}
