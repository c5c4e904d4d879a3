using LiveChat.Server.Storage;
using LiveChat.Server.Storage.Core;
using LiveChat.Server.Storage.Sqlite;
using LiveChat.Tests.Support;
using Microsoft.Data.Sqlite;

namespace LiveChat.Tests.Storage;

/// <summary>The write-ahead log on its way to the database file, on a disk that fails.</summary>
public sealed class CheckpointTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly string _folder = Directory.CreateTempSubdirectory("livechat-checkpoint-").FullName;

    private string Database => Path.Combine(_folder, "livechat.db");

    [Fact]
    public async Task What_the_disk_lost_of_a_checkpoint_is_copied_again_and_the_operator_is_told_once()
    {
        using var log = new LogCapture();
        using var disk = new FaultyDisk(Database) { LosesWhatItFails = true };
        var bus = new RecordingBus();
        var store = Open(disk, bus, log);
        var id = (await store.StartAsync(Sample.Start("f"), None)).Conversation.Id;
        var fails = true;
        disk.BeforeSync = path =>
        {
            if (Volatile.Read(ref fails) && path == Database)
                throw new IOException("No.");
        };

        await FillAsync(store, id, bus, () => log.Lines.Any(l => l.Message.StartsWith("The write-ahead log could not be copied", StringComparison.Ordinal)));
        await Assert.ThrowsAsync<ChatException>(() => store.CheckAsync(None));

        // It goes on meanwhile, and is well again when the disk is.
        await store.ApplyAsync(Sample.Send(id, "while it fails"), None).Soon();
        Volatile.Write(ref fails, false);
        await Waiting.Until(async () => await IsWellAsync(store));
        await store.ApplyAsync(Sample.Send(id, "after"), None).Soon();

        Assert.Single(log.Lines, l => l.Message.StartsWith("The write-ahead log could not be copied", StringComparison.Ordinal));
        Assert.Single(log.Lines, l => l.Message.StartsWith("The write-ahead log is copied", StringComparison.Ordinal));

        // The file alone has all that had been in the log: what counts as copied was copied.
        var copy = disk.CutPower("cut");
        await store.DisposeAsync();
        Assert.Equal(bus.Entries, await ReadAllAsync(copy, id));
        Assert.Equal(bus.Entries, await ReadAllAsync(Database, id));
    }

    /// <summary>A reader has part of the log copied, which nobody syncs; the sync of the rest then fails, for all of it.</summary>
    [Fact]
    public async Task Pages_that_were_copied_before_a_failed_sync_are_copied_again()
    {
        using var log = new LogCapture();
        using var disk = new FaultyDisk(Database) { LosesWhatItFails = true };
        var bus = new RecordingBus();
        var store = Open(disk, bus, log);
        var id = (await store.StartAsync(Sample.Start("f"), None)).Conversation.Id;
        var synced = 0;
        disk.BeforeSync = path =>
        {
            if (path == Database && Interlocked.Increment(ref synced) == 1)
                throw new IOException("No.");
        };
        await using (var reader = new SqliteConnection($"Data Source={Database};Pooling=False"))
        {
            await reader.OpenAsync(None);
            await ExecuteAsync(reader, "BEGIN; SELECT count(*) FROM conversation");
            for (var i = 0; i < 300; i++)
                await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => store.ApplyAsync(Sample.Send(id, new string('x', 4000)), None))).Soon();
            await ExecuteAsync(reader, "ROLLBACK");
        }

        await FillAsync(store, id, bus, () => Volatile.Read(ref synced) > 1);
        await Waiting.Until(async () => await IsWellAsync(store));
        var copy = disk.CutPower("cut");
        await store.DisposeAsync();

        Assert.Equal(bus.Entries, await ReadAllAsync(copy, id));
    }

    [Fact]
    public async Task A_log_that_cannot_be_copied_stops_the_writes_at_its_limit_and_they_go_on_when_it_can()
    {
        using var log = new LogCapture();
        using var disk = new FaultyDisk(Database);
        var store = Open(disk, new RecordingBus(), log, limit: 4 * 1024 * 1024);
        var id = (await store.StartAsync(Sample.Start("f"), None)).Conversation.Id;
        await using var reader = new SqliteConnection($"Data Source={Database};Pooling=False");
        await reader.OpenAsync(None);
        await ExecuteAsync(reader, "BEGIN; SELECT count(*) FROM conversation");

        ChatException? refused = null;
        for (var i = 0; i < 10_000 && refused is null; i++)
        {
            try
            {
                await store.ApplyAsync(Sample.Send(id, new string('x', 4000)), None).Soon();
            }
            catch (ChatException exception)
            {
                refused = exception;
            }
        }

        Assert.Equal(ErrorCodes.Unavailable, refused?.Error.Code);
        Assert.Single(log.Lines, l => l.Message.StartsWith("The write-ahead log has reached 4194304 bytes", StringComparison.Ordinal));
        await ExecuteAsync(reader, "ROLLBACK");
        await Waiting.Until(async () =>
        {
            try
            {
                return (await store.ApplyAsync(Sample.Send(id, "again"), None)).Message is not null;
            }
            catch (ChatException)
            {
                return false;
            }
        });
        await store.DisposeAsync();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static ChatStore Open(FaultyDisk disk, RecordingBus bus, LogCapture log, long limit = long.MaxValue) => SqliteStore.Open(
        SqliteDatabase.Open(disk.ConnectionString),
        bus,
        new StorageOptions { LogLimit = limit },
        TimeSpan.FromSeconds(5),
        log.CreateLogger("store"),
        PendingLimits.Default);

    /// <summary>Sends until a checkpoint has come, which is due after some thousand pages.</summary>
    private static async Task FillAsync(ChatStore store, Guid id, RecordingBus bus, Func<bool> isEnough)
    {
        for (var i = 0; i < 2000 && !isEnough(); i++)
            await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => store.ApplyAsync(Sample.Send(id, new string('x', 4000)), None))).Soon();
        Assert.True(isEnough(), $"{bus.Entries.Count} entries were not enough.");
    }

    private static async Task<bool> IsWellAsync(ChatStore store)
    {
        try
        {
            await store.CheckAsync(None);
            return true;
        }
        catch (ChatException)
        {
            return false;
        }
    }

    private static async Task<IReadOnlyList<ConversationEvent>> ReadAllAsync(string path, Guid id)
    {
        await using var store = SqliteStore.Open(
            SqliteDatabase.Open($"Data Source={path}"),
            new RecordingBus(),
            new StorageOptions(),
            TimeSpan.FromSeconds(5),
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        return (await store.ReadEventsAsync(id, new LogRange(0, null, 1_000_000), None))!.Items;
    }

    private static async Task ExecuteAsync(SqliteConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The test's own words.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteScalarAsync(None);
    }
}
