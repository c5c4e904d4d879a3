using Microsoft.Data.Sqlite;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>Which failures of SQLite mean that the store is down for now, rather than that the program is wrong.</summary>
internal static class SqliteErrors
{
    private const int Busy = 5, Locked = 6, NoMemory = 7, ReadOnly = 8, IOError = 10, Corrupt = 11, Full = 13, CannotOpen = 14, NotADatabase = 26;

    public static Exception Translate(Exception exception) =>
        exception is IOException
            or SqliteException { SqliteErrorCode: Busy or Locked or NoMemory or ReadOnly or IOError or Corrupt or Full or CannotOpen or NotADatabase }
            ? new ChatException(ChatError.Unavailable, exception)
            : exception;
}
