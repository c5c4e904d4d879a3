using LiveChat.Server.Storage.Sql;
using Microsoft.Data.Sqlite;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>
/// Writes the database file anew. It gives back what is not used any more, and leaves nothing behind of what was erased: deletions overwrite
/// what they delete (<c>secure_delete</c>), but where SQLite has moved rows between pages earlier, copies of them stay in the unused parts
/// of the old pages. A server may run meanwhile; its writes wait.
/// </summary>
internal static class SqliteCompaction
{
    private const int Attempts = 100;

    /// <exception cref="StartException">It could not be done; the database is what it was.</exception>
    public static async Task RunAsync(string connectionString)
    {
        var path = SqliteDatabase.PathOf(connectionString);
        if (!File.Exists(path))
            throw new StartException($"there is no database at {path}.");

        try
        {
            await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder(connectionString)
            {
                DataSource = path,
                Mode = SqliteOpenMode.ReadWrite,
                Pooling = false,
            }.ToString());
            await connection.OpenAsync();
            connection.Ask("PRAGMA busy_timeout = 10000");
            connection.Ask("PRAGMA secure_delete = ON");
            connection.Ask("VACUUM");

            // Each attempt is short: writes of a server wait for it.
            connection.Ask("PRAGMA busy_timeout = 100");
            for (var attempt = 0; connection.Ask("PRAGMA wal_checkpoint(TRUNCATE)") is not 0L; attempt++)
            {
                if (attempt == Attempts)
                    throw new StartException("the file is written anew, but somebody reads what was before: the write-ahead log could not be emptied. Run it again.");
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }
        catch (SqliteException exception)
        {
            throw new StartException(exception.Message, exception);
        }
    }
}
