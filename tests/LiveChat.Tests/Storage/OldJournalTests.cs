using System.Buffers.Binary;
using LiveChat.Server.Storage;
using LiveChat.Server.Storage.Sqlite;
using LiveChat.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveChat.Tests.Storage;

/// <summary>
/// Databases of the versions that kept messages as bytes in rows of one length, whatever they have left: also those that such a version
/// itself did not open any more.
/// </summary>
public sealed class OldJournalTests : IDisposable
{
    private const int RowLength = 4032, HeaderLength = 16, SlotsKept = 128;
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly string _folder = Directory.CreateTempSubdirectory("livechat-old-").FullName;

    private string Database => Path.Combine(_folder, "livechat.db");

    [Fact]
    public async Task Messages_that_were_not_filed_yet_are_there()
    {
        var id = await MakeAsync(filed: 3);
        var messages = Enumerable.Range(5, 40).Select(sequence => Message(id, sequence, new string('漢', sequence * 90))).ToList();
        await WriteAsync(batch: 7, slot: 0, messages[..30]);
        await WriteAsync(batch: 8, slot: 100, messages[30..]);

        Assert.Equal(messages, (await ReadAllAsync(id)).Skip(4));
    }

    /// <summary>What 12 clients left that posted 4,000 × 漢 for some seconds: a batch across slot 128 was filed, and then cut there.</summary>
    [Fact]
    public async Task A_batch_that_was_cut_after_it_was_filed_does_not_keep_the_database_shut()
    {
        var id = await MakeAsync(filed: 0);
        var messages = Enumerable.Range(2, 85).Select(sequence => Message(id, sequence, new string('漢', 4000))).ToList();
        await FileAsync(messages);
        await WriteAsync(batch: 3, slot: 20, messages);
        await ExecuteAsync($"DELETE FROM message_journal WHERE slot >= {SlotsKept}");

        Assert.Equal(messages, (await ReadAllAsync(id)).Skip(1));
    }

    [Fact]
    public async Task What_is_left_of_older_batches_is_not_taken_for_new()
    {
        var id = await MakeAsync(filed: 0);
        var messages = Enumerable.Range(2, 20).Select(sequence => Message(id, sequence, new string('x', 3000))).ToList();
        await FileAsync(messages[..15]);
        await WriteAsync(batch: 1, slot: 0, messages[..15]);
        await WriteAsync(batch: 2, slot: 0, messages[15..]);

        Assert.Equal(messages, (await ReadAllAsync(id)).Skip(1));
    }

    [Fact]
    public async Task A_message_whose_place_was_given_away_stops_the_start()
    {
        var id = await MakeAsync(filed: 2);
        await WriteAsync(batch: 1, slot: 0, [Message(id, 2, "another")]);

        var refused = Assert.Throws<StartException>(() => SqliteDatabase.Open($"Data Source={Database}"));

        Assert.Contains("conversation " + id, refused.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>A database as it was before: a conversation with its first entry and as many messages as are said to be filed.</summary>
    private async Task<Guid> MakeAsync(int filed)
    {
        Guid id;
        await using (var store = Open())
        {
            id = (await store.StartAsync(Sample.Start("f"), None)).Conversation.Id;
            for (var i = 0; i < filed; i++)
                await store.ApplyAsync(Sample.Send(id, $"filed {i}"), None);
        }

        await ExecuteAsync("CREATE TABLE message_journal (slot INTEGER PRIMARY KEY, entries BLOB NOT NULL)");
        return id;
    }

    private async Task FileAsync(List<Message> messages)
    {
        await using var store = Open();
        foreach (var message in messages)
            await store.ApplyAsync(Sample.Send(message.ConversationId, message.Content) with { MessageId = message.Id, Now = message.Timestamp }, None);
        await store.DisposeAsync();
        await ExecuteAsync("CREATE TABLE message_journal (slot INTEGER PRIMARY KEY, entries BLOB NOT NULL)");
    }

    private async Task<IReadOnlyList<ConversationEvent>> ReadAllAsync(Guid id)
    {
        await using var store = Open();
        var log = (await store.ReadEventsAsync(id, new LogRange(0, null, 1000), None))!.Items;
        Assert.Equal(log.Count + 1, (await store.ApplyAsync(Sample.Send(id, "next") with { QueueEntryTtl = null }, None)).Message!.Sequence);
        return log;
    }

    private Server.Storage.Core.ChatStore Open() => SqliteStore.Open(
        SqliteDatabase.Open($"Data Source={Database}"),
        new RecordingBus(),
        new StorageOptions(),
        TimeSpan.FromSeconds(5),
        NullLogger.Instance);

    private static Message Message(Guid id, int sequence, string content) => new()
    {
        ConversationId = id,
        Sequence = sequence,
        Timestamp = Sample.Noon.AddSeconds(sequence),
        Id = Guid.NewGuid(),
        Sender = new Participant("f", ParticipantType.Customer, null),
        Content = content,
    };

    /// <summary>As those versions did.</summary>
    private async Task WriteAsync(long batch, int slot, IReadOnlyList<Message> messages)
    {
        using var bytes = new MemoryStream();
        await using (var writer = new BinaryWriter(bytes, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            foreach (var message in messages)
            {
                writer.Write((byte)1);
                writer.Write(message.ConversationId.ToByteArray());
                writer.Write(message.Sequence);
                writer.Write(message.Timestamp.ToUnixTimeMilliseconds());
                writer.Write(message.Id.ToByteArray());
                writer.Write((byte)message.Sender.Type);
                writer.Write(message.Sender.Id);
                writer.Write(false);
                writer.Write(message.Content);
                writer.Write(false);
                writer.Write(false);
            }
        }

        var all = bytes.ToArray();
        await using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        await connection.OpenAsync(None);
        for (var (piece, at) = (0, 0); at < all.Length; piece++, at += RowLength - HeaderLength)
        {
            var row = new byte[RowLength];
            BinaryPrimitives.WriteInt64LittleEndian(row, batch);
            BinaryPrimitives.WriteInt32LittleEndian(row.AsSpan(8), piece);
            BinaryPrimitives.WriteInt32LittleEndian(row.AsSpan(12), all.Length);
            all.AsSpan(at, Math.Min(RowLength - HeaderLength, all.Length - at)).CopyTo(row.AsSpan(HeaderLength));
            await using var command = connection.CreateCommand();
            command.CommandText = "INSERT OR REPLACE INTO message_journal (slot, entries) VALUES (@slot, @entries)";
            command.Parameters.AddWithValue("@slot", slot + piece);
            command.Parameters.AddWithValue("@entries", row);
            await command.ExecuteNonQueryAsync(None);
        }
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        await connection.OpenAsync(None);
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The test's own words.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(None);
    }
}
