using Microsoft.Data.Sqlite;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>
/// Makes erased content gone from the files. Deletions overwrite what they delete (<c>secure_delete</c>), but where SQLite has moved
/// rows between pages earlier, their copies stay in the unused parts of the old pages. A small file is written anew, which SQLite
/// does by itself; in a larger one the unused parts are overwritten. And the write-ahead log keeps what it was given until it is emptied.
/// </summary>
internal sealed class SqlitePurge(SqliteDatabase database, StorageOptions options, ILogger log)
{
    private const int Attempts = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>How long the rewrite waits for the writer's turn.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(5);

    /// <exception cref="ChatException">Readers, or the disk, did not let it happen.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = database.OpenWriter(Turn);
            if (new FileInfo(database.Path).Length <= options.CompactLimit)
                await Task.Run(() => connection.Ask("VACUUM"), cancellationToken);
            else
                await ScrubAsync(connection, cancellationToken);
            await EmptyLogAsync(connection, cancellationToken);
        }
        catch (Exception exception) when (exception is SqliteException or IOException)
        {
            throw NotYet(exception);
        }
    }

    private async Task ScrubAsync(SqliteConnection connection, CancellationToken cancellationToken)
    {
        await using var other = database.OpenWriter(Turn);
        var outcome = await new SqliteScrub(database).RunAsync(connection, other, cancellationToken);
        if (outcome is SqliteScrub.Outcome.HeldUp)
            throw NotYet();
        if (outcome is SqliteScrub.Outcome.Ambiguous)
            StoreLog.NotScrubbed(log);
    }

    /// <summary>
    /// A reader that is in the middle of something, a backup for instance, holds this up, and this holds up the writer while it
    /// waits: so each attempt is short.
    /// </summary>
    private static async Task EmptyLogAsync(SqliteConnection connection, CancellationToken cancellationToken)
    {
        connection.Ask("PRAGMA busy_timeout = 100");
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (await Task.Run(() => connection.Ask("PRAGMA wal_checkpoint(TRUNCATE)") is 0L, cancellationToken))
                return;

            // In the real time: readers do not go by the clock that the product is given.
            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }

        throw NotYet();
    }

    private static ChatException NotYet(Exception? reason = null) => new(
        new ChatError(ErrorCodes.Unavailable, "It is erased for every reader, but not yet gone from the files: repeat the call."),
        reason);
}
