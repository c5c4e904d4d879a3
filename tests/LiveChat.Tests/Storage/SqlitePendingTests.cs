using LiveChat.Server.Storage;
using LiveChat.Server.Storage.Core;
using LiveChat.Server.Storage.Sqlite;
using LiveChat.Tests.Support;
using Microsoft.Data.Sqlite;
using static LiveChat.Tests.Support.Sample;

namespace LiveChat.Tests.Storage;

/// <summary>All that a store must do, with every message pending until something has it filed; and what that is for.</summary>
public sealed class SqlitePendingTests : SqliteStoreTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private protected override PendingLimits Pending { get; } = new(Few: 0, Most: int.MaxValue, Longest: TimeSpan.FromDays(1));

    [Fact]
    public async Task Pending_messages_are_read_as_all_others_whatever_the_range()
    {
        var store = Open(new RecordingBus());
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        await SendAsync(store, id, 2, 4);
        await store.ApplyAsync(Accept(id, "agent"), None);
        await SendAsync(store, id, 6, 9);
        Assert.Equal(3, CountFiled("kind = 'MESSAGE'"));

        int[] messages = [2, 3, 4, 6, 7, 8, 9];
        foreach (var after in Sequences())
        {
            foreach (var before in Sequences())
            {
                foreach (var limit in new[] { 1, 2, 3, 20 })
                {
                    var range = new LogRange(after, before, limit);
                    Check(Enumerable.Range(1, 9), range, (await store.ReadEventsAsync(id, range, None))! is var e ? (e.Items.Select(i => i.Sequence), e.HasOlder, e.HasNewer) : default);
                    Check(messages, range, (await store.ReadMessagesAsync(id, range, None))! is var m ? (m.Items.Select(i => i.Sequence), m.HasOlder, m.HasNewer) : default);
                }
            }
        }

        static IEnumerable<long?> Sequences() => [null, .. Enumerable.Range(0, 12).Select(i => (long?)i)];
    }

    [Fact]
    public async Task Who_reads_while_messages_are_filed_misses_none_and_sees_none_twice()
    {
        var store = Open(new RecordingBus(), pending: new PendingLimits(Few: 0, Most: 5, Longest: TimeSpan.FromDays(1)));
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        using var stop = new CancellationTokenSource();
        var acknowledged = 1L;
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var least = Volatile.Read(ref acknowledged);
                var found = (await store.FindAsync(id, None))!.LastSequence;
                var log = await ReadAllAsync(store, id);
                Assert.InRange(found, least, log.Count);
                Assert.Equal(Enumerable.Range(1, log.Count).Select(i => (long)i), log.Select(entry => entry.Sequence));
            }
        })).ToList();

        for (var i = 0; i < 300; i++)
            Volatile.Write(ref acknowledged, (await store.ApplyAsync(Send(id, $"{i}"), None).Soon()).Message!.Sequence);

        await stop.CancelAsync();
        await Task.WhenAll(readers).Soon();
    }

    [Fact]
    public async Task What_a_server_that_was_cut_off_left_pending_is_recovered_once()
    {
        var bus = new RecordingBus();
        var store = Open(bus);
        var first = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        var second = (await store.StartAsync(Start("g"), None)).Conversation.Id;

        // Filed by the acceptance; what follows is not.
        await SendAsync(store, first, 2, 6);
        await store.ApplyAsync(Accept(first, "agent"), None);
        await SendAsync(store, second, 2, 2);
        var large = await store.ApplyAsync(Send(first, new string('漢', 4000)) with { Metadata = $$"""{"a":"{{new string('b', 4000)}}"}""", ClientMessageId = "k" }, None);
        var expected = bus.Entries;
        Assert.Equal(5, CountFiled("kind = 'MESSAGE'"));

        for (var i = 0; i < 2; i++)
        {
            var crashed = CopyFiles($"crashed-{i}");
            var again = new RecordingBus();
            var recovered = Open(again, database: crashed);
            Assert.Equal(expected.Where(e => e.ConversationId == first), await ReadAllAsync(recovered, first));
            Assert.Equal(expected.Where(e => e.ConversationId == second), await ReadAllAsync(recovered, second));
            Assert.Equal((7, 0), (CountFiled("kind = 'MESSAGE'", crashed), CountFiled("1", crashed, "pending_message")));
            Assert.Equal(8, (await recovered.FindAsync(first, None))!.LastSequence);
            Assert.Empty(again.Entries);

            var repeated = await recovered.ApplyAsync(Send(first, large.Message!.Content) with { ClientMessageId = "k" }, None);
            Assert.Equal((true, 8), (repeated.Repeated, repeated.Message!.Sequence));
        }
    }

    [Fact]
    public async Task Messages_that_cannot_be_filed_are_read_and_filed_later_while_new_ones_are_refused()
    {
        var store = Open(
            new RecordingBus(),
            new StorageOptions { WriteTimeout = TimeSpan.FromMilliseconds(200) },
            pending: new PendingLimits(Few: 0, Most: 3, Longest: TimeSpan.FromDays(1)));
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        await SendAsync(store, id, 2, 3);
        await using var other = new SqliteConnection($"Data Source={Database};Pooling=False");
        await other.OpenAsync(TestContext.Current.CancellationToken);
        await ExecuteAsync(other, "BEGIN IMMEDIATE");

        var refused = await Assert.ThrowsAsync<ChatException>(() => store.ApplyAsync(Send(id, "4"), None).Soon());
        Assert.Equal(ErrorCodes.Unavailable, refused.Error.Code);
        Assert.Equal([1, 2, 3], (await ReadAllAsync(store, id)).Select(e => e.Sequence));
        Assert.Equal(3, (await store.FindActiveAsync("f", None))!.Conversation.LastSequence);
        Assert.Equal(0, CountFiled("kind = 'MESSAGE'"));

        await ExecuteAsync(other, "ROLLBACK");
        await Waiting.Until(async () =>
        {
            try
            {
                return (await store.ApplyAsync(Send(id, "4"), None)).Message!.Sequence == 4;
            }
            catch (ChatException)
            {
                return false;
            }
        });

        await Waiting.Until(() => CountFiled("kind = 'MESSAGE'") == 3);
        Assert.Equal([1, 2, 3, 4], (await ReadAllAsync(store, id)).Select(e => e.Sequence));
    }

    [Fact]
    public async Task Messages_are_filed_in_time_though_nothing_else_happens()
    {
        var store = Open(new RecordingBus(), pending: new PendingLimits(Few: 0, Most: int.MaxValue, Longest: TimeSpan.FromMilliseconds(1)));
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;

        await SendAsync(store, id, 2, 2);

        await Waiting.Until(() => CountFiled("kind = 'MESSAGE'") == 1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public async Task Nobody_sees_what_the_disk_does_not_have_yet(int few)
    {
        var bus = new RecordingBus();
        using var reached = new SemaphoreSlim(0);
        using var go = new ManualResetEventSlim(initialState: true);
        using var disk = new FaultyDisk(Database);
        var store = Open(bus, disk: disk, pending: new PendingLimits(few, Most: int.MaxValue, Longest: TimeSpan.FromDays(1)));
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        disk.BeforeSync = _ =>
        {
            reached.Release();
            Assert.True(go.Wait(Waiting.Limit, TestContext.Current.CancellationToken));
        };

        go.Reset();
        var sent = store.ApplyAsync(Send(id, "2"), None);
        Assert.True(await reached.WaitAsync(Waiting.Limit, None));

        Assert.Equal(1, (await store.FindAsync(id, None))!.LastSequence);
        Assert.Equal(1, (await store.FindActiveAsync("f", None))!.Conversation.LastSequence);
        Assert.Equal([1], (await ReadAllAsync(store, id)).Select(e => e.Sequence));
        Assert.Single(bus.Entries);
        Assert.False(sent.IsCompleted);

        go.Set();
        await sent.Soon();
        Assert.Equal([1, 2], (await ReadAllAsync(store, id)).Select(e => e.Sequence));
        Assert.Equal(2, bus.Entries.Count);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(4, true)]
    [InlineData(0, false)]
    public async Task A_commit_that_the_disk_does_not_take_is_not_there_and_the_next_takes_its_place(int few, bool loses)
    {
        var (bus, fails) = (new RecordingBus(), false);
        using var disk = new FaultyDisk(Database) { LosesWhatItFails = loses };
        disk.BeforeSync = _ =>
        {
            if (Volatile.Read(ref fails))
                throw new IOException("No.");
        };
        var store = Open(bus, disk: disk, pending: new PendingLimits(few, Most: int.MaxValue, Longest: TimeSpan.FromDays(1)));
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        await SendAsync(store, id, 2, 3);

        Volatile.Write(ref fails, true);
        foreach (var content in new[] { "lost", "lost too" })
        {
            var refused = await Assert.ThrowsAsync<ChatException>(() => store.ApplyAsync(Send(id, content) with { ClientMessageId = "k" }, None).Soon());
            Assert.Equal(ErrorCodes.Internal, refused.Error.Code);
        }

        Assert.Equal([1, 2, 3], (await ReadAllAsync(store, id)).Select(e => e.Sequence));
        Volatile.Write(ref fails, false);

        // The client message id is free, too.
        var sent = await store.ApplyAsync(Send(id, "4") with { ClientMessageId = "k" }, None).Soon();
        Assert.Equal((false, 4), (sent.Repeated, sent.Message!.Sequence));
        await SendAsync(store, id, 5, 6);
        var log = await ReadAllAsync(store, id);
        Assert.Equal(["2", "3", "4", "5", "6"], log.Skip(1).Cast<Message>().Select(m => m.Content));
        Assert.Equal(log, bus.Entries);
        Assert.Equal(log, await ReadAllAsync(Open(new RecordingBus(), database: disk.CutPower("cut")), id));
    }

    [Fact]
    public async Task Of_many_whose_commit_the_disk_did_not_take_once_each_is_there_once()
    {
        var (bus, left) = (new RecordingBus(), 0);
        using var disk = new FaultyDisk(Database);
        disk.BeforeSync = _ =>
        {
            if (left > 0 && left-- > 0)
                throw new IOException("No.");
        };
        var store = Open(bus, disk: disk);
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;

        for (var round = 0; round < 5; round++)
        {
            left = round % 2;
            var calls = Enumerable.Range(0, 20).Select(i => store.ApplyAsync(Send(id, $"{round}-{i}") with { ClientMessageId = $"{round}-{i}" }, None)).ToList();
            foreach (var call in calls)
                await Task.WhenAny(call).Soon();

            // Those of that commit were told that it is not known; they repeat themselves.
            foreach (var i in Enumerable.Range(0, 20).Where(i => calls[i].IsFaulted))
                await store.ApplyAsync(Send(id, $"{round}-{i}") with { ClientMessageId = $"{round}-{i}" }, None).Soon();
        }

        var log = await ReadAllAsync(store, id);
        Assert.Equal(Enumerable.Range(1, 101).Select(i => (long)i), log.Select(e => e.Sequence));
        Assert.Equal(100, log.Skip(1).Cast<Message>().Select(m => m.Content).Distinct().Count());
        Assert.Equal(log, bus.Entries);
    }

    [Fact]
    public async Task A_page_of_conversations_is_in_the_order_that_it_shows()
    {
        var store = Open(new RecordingBus());
        var now = Send(Guid.Empty, "").Now;
        var older = (await store.StartAsync(Start("f", at: now.AddSeconds(-2)), None)).Conversation.Id;
        var newer = (await store.StartAsync(Start("g", at: now.AddSeconds(-1)), None)).Conversation.Id;
        await SendAsync(store, older, 2, 2);
        await store.ApplyAsync(Accept(older, "agent"), None);

        var page = await store.ListAsync(new ConversationFilter(null, []), ByActivity(0), 10, None);

        Assert.Equal([older, newer], page.Items.Select(item => item.Conversation.Id));
    }

    [Fact]
    public async Task Nothing_is_left_of_pending_messages_that_were_erased()
    {
        var store = Open(new RecordingBus());
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        for (var i = 0; i < 5; i++)
            await store.ApplyAsync(Send(id, $"what-was-written-{i}"), None);
        Assert.Equal(5, CountFiled("1", table: "pending_message"));
        await store.ApplyAsync(Close(id), None);

        Assert.Equal(new Erasure(1, 5), await store.EraseAsync(id, "f", None));

        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(Database)!, "livechat.db*").Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            await using var content = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var text = new StreamReader(content, System.Text.Encoding.Latin1);
            Assert.DoesNotContain("what-was-written", await text.ReadToEndAsync(None), StringComparison.Ordinal);
        }
    }

    private static async Task SendAsync(ChatStore store, Guid id, int first, int last)
    {
        for (var i = first; i <= last; i++)
            Assert.Equal(i, (await store.ApplyAsync(Send(id, $"{i}"), None)).Message!.Sequence);
    }

    /// <summary>A page of a log that is filed whole, by the words of <see cref="LogRange"/>.</summary>
    private static void Check(IEnumerable<int> log, LogRange range, (IEnumerable<long> Items, bool Older, bool Newer) page)
    {
        var within = log.Select(i => (long)i).Where(i => i > (range.After ?? 0) && i < (range.Before ?? long.MaxValue)).ToList();
        var items = range.After is null ? within.TakeLast(range.Limit).ToList() : within.Take(range.Limit).ToList();
        Assert.Equal(items, page.Items);
        var first = items.Count > 0 ? items[0] : range.Edge;
        var last = items.Count > 0 ? items[^1] : range.Edge - 1;
        Assert.Equal(
            (log.Any(i => i < first), range.After is null ? range.Before is not null && log.Any(i => i > last) : within.Count > items.Count),
            (page.Older, page.Newer));
    }

    private int CountFiled(string condition, string? database = null, string table = "conversation_event")
    {
        using var connection = new SqliteConnection($"Data Source={database ?? Database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The test's own words.
        command.CommandText = $"SELECT count(*) FROM {table} WHERE {condition}";
#pragma warning restore CA2100
        return (int)(long)command.ExecuteScalar()!;
    }

    /// <summary>What a power cut would leave, when nobody is writing.</summary>
    private string CopyFiles(string name)
    {
        var copy = Path.Combine(Path.GetDirectoryName(Database)!, name, "livechat.db");
        Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
        foreach (var suffix in new[] { "", "-wal" })
            File.Copy(Database + suffix, copy + suffix);
        return copy;
    }
}
