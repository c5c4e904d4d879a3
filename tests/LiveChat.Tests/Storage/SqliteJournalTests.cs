using LiveChat.Server.Storage;
using LiveChat.Server.Storage.Sqlite;
using LiveChat.Tests.Support;
using Microsoft.Data.Sqlite;

namespace LiveChat.Tests.Storage;

/// <summary>All that a store must do, with every message in the journal until something has it filed; and what the journal is for.</summary>
public sealed class SqliteJournalTests : SqliteChatStoreTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private protected override JournalLimits Journal { get; } = new(Few: 0, Most: int.MaxValue, Longest: TimeSpan.FromDays(1));

    [Fact]
    public async Task Unfiled_messages_are_read_as_all_others_whatever_the_range()
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
                    Check(Enumerable.Range(1, 9), range, (await store.ReadEventsAsync(id, range, None)) is var e ? (e.Items.Select(i => i.Sequence), e.HasOlder, e.HasNewer) : default);
                    Check(messages, range, (await store.ReadMessagesAsync(id, range, None)) is var m ? (m.Items.Select(i => i.Sequence), m.HasOlder, m.HasNewer) : default);
                }
            }
        }

        static IEnumerable<long?> Sequences() => [null, .. Enumerable.Range(0, 12).Select(i => (long?)i)];
    }

    [Fact]
    public async Task Who_reads_while_messages_are_filed_misses_none_and_sees_none_twice()
    {
        var store = Open(new RecordingBus(), journal: new JournalLimits(Few: 0, Most: 5, Longest: TimeSpan.FromDays(1)));
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
    public async Task What_a_server_that_was_cut_off_left_in_the_journal_is_recovered_once()
    {
        var bus = new RecordingBus();
        var store = Open(bus);
        var first = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        var second = (await store.StartAsync(Start("g"), None)).Conversation.Id;

        // Filed by the acceptance; the slots of the first of these are then used again, those of the others are not.
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
            Assert.Equal((7, 0), (CountFiled("kind = 'MESSAGE'", crashed), CountFiled("1", crashed, "message_journal")));
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
            journal: new JournalLimits(Few: 0, Most: 3, Longest: TimeSpan.FromDays(1)));
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        await SendAsync(store, id, 2, 3);
        await using var other = new SqliteConnection($"Data Source={Database};Pooling=False");
        await other.OpenAsync(TestContext.Current.CancellationToken);
        await ExecuteAsync(other, "BEGIN IMMEDIATE");

        var refused = await Assert.ThrowsAsync<ChatException>(() => store.ApplyAsync(Send(id, "4"), None).Soon());
        Assert.Equal(ErrorCodes.Unavailable, refused.Error.Code);
        Assert.Equal([1, 2, 3], (await ReadAllAsync(store, id)).Select(e => e.Sequence));
        Assert.Equal(3, (await store.FindActiveAsync("f", None))!.LastSequence);
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
    public async Task A_batch_that_is_rolled_back_leaves_what_is_in_the_journal()
    {
        var store = Open(new RecordingBus());
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        var first = (await store.ApplyAsync(Send(id, "2") with { ClientMessageId = "k" }, None)).Message;
        await SendAsync(store, id, 3, 3);

        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => store.ApplyAsync(new Throwing { ConversationId = id, Now = DateTimeOffset.UnixEpoch }, None));
        Assert.Equal([1, 2, 3], (await ReadAllAsync(store, id)).Select(e => e.Sequence));

        Assert.Equal(first, (await store.ApplyAsync(Send(id, "2") with { ClientMessageId = "k" }, None)).Message);
        await SendAsync(store, id, 4, 5);
        Assert.Equal([1, 2, 3, 4, 5], (await ReadAllAsync(store, id)).Select(e => e.Sequence));

        // Nothing was known of the conversation any more, so what was in the journal had to be filed.
        Assert.Equal(2, CountFiled("kind = 'MESSAGE'"));
    }

    [Fact]
    public async Task Messages_are_filed_in_time_though_nothing_else_happens()
    {
        var store = Open(new RecordingBus(), journal: new JournalLimits(Few: 0, Most: int.MaxValue, Longest: TimeSpan.FromMilliseconds(1)));
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;

        await SendAsync(store, id, 2, 2);

        await Waiting.Until(() => CountFiled("kind = 'MESSAGE'") == 1);
    }

    /// <summary>What a power cut leaves at worst is what the files were when the disk was last waited for.</summary>
    [Fact]
    public async Task Whatever_was_acknowledged_survives_a_power_cut_at_any_moment()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var (bus, cuts) = (new RecordingBus(), 0);
        var store = Open(bus, journal: new JournalLimits(Few: 1, Most: 4, Longest: TimeSpan.FromMilliseconds(1)), sync: file =>
        {
            DiskSync.Flush(file);
            CopyFiles($"cut-{cuts + 1}");
            Interlocked.Increment(ref cuts);
        });
        var ids = new List<Guid>();
        for (var i = 0; i < 3; i++)
            ids.Add((await store.StartAsync(Start($"f{i}"), None)).Conversation.Id);
        await store.ApplyAsync(Accept(ids[0], "agent"), None);

        for (var step = 0; step < 40; step++)
        {
            await Task.WhenAll(Enumerable.Range(0, random.Next(1, 8)).Select(_ => store.ApplyAsync(Send(ids[random.Next(3)], $"{step}"), None))).Soon();
            if (random.Next(8) == 0)
                await store.ApplyAsync(random.Next(2) == 0 ? Accept(ids[random.Next(1, 3)], "agent") : Send(ids[0], "by an agent") with { Caller = Caller.Agent("agent") }, None);

            var acknowledged = bus.Entries;
            var survivor = Open(new RecordingBus(), database: Path.Combine(Path.GetDirectoryName(Database)!, $"cut-{Volatile.Read(ref cuts)}", "livechat.db"));
            foreach (var id in ids)
                Assert.Equal(acknowledged.Where(e => e.ConversationId == id), await ReadAllAsync(survivor, id));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public async Task Nobody_sees_what_the_disk_does_not_have_yet(int few)
    {
        var bus = new RecordingBus();
        using var reached = new SemaphoreSlim(0);
        using var go = new ManualResetEventSlim(initialState: true);
        var store = Open(bus, journal: new JournalLimits(few, Most: int.MaxValue, Longest: TimeSpan.FromDays(1)), sync: file =>
        {
            reached.Release();
            Assert.True(go.Wait(Waiting.Limit, TestContext.Current.CancellationToken));
            DiskSync.Flush(file);
        });
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        while (reached.Wait(TimeSpan.Zero, TestContext.Current.CancellationToken))
        {
        }

        go.Reset();
        var sent = store.ApplyAsync(Send(id, "2"), None);
        Assert.True(await reached.WaitAsync(Waiting.Limit, None));

        Assert.Equal(1, (await store.FindAsync(id, None))!.LastSequence);
        Assert.Equal(1, (await store.FindActiveAsync("f", None))!.LastSequence);
        Assert.Equal([1], (await ReadAllAsync(store, id)).Select(e => e.Sequence));
        Assert.Single(bus.Entries);
        Assert.False(sent.IsCompleted);

        go.Set();
        await sent.Soon();
        Assert.Equal([1, 2], (await ReadAllAsync(store, id)).Select(e => e.Sequence));
        Assert.Equal(2, bus.Entries.Count);
    }

    [Theory]
    [InlineData(typeof(IOException), 0)]
    [InlineData(typeof(IOException), 4)]
    [InlineData(typeof(UnauthorizedAccessException), 0)]
    public async Task A_commit_that_the_disk_does_not_take_is_not_there_and_the_next_takes_its_place(Type failure, int few)
    {
        var (bus, fails) = (new RecordingBus(), false);
        var store = Open(bus, journal: new JournalLimits(few, Most: int.MaxValue, Longest: TimeSpan.FromDays(1)), sync: file =>
        {
            if (Volatile.Read(ref fails))
                throw (Exception)Activator.CreateInstance(failure)!;
            DiskSync.Flush(file);
        });
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
        Assert.Equal(log, await ReadAllAsync(Open(new RecordingBus(), database: CopyFiles("crashed")), id));
    }

    [Fact]
    public async Task Of_many_whose_commit_the_disk_did_not_take_once_each_is_there_once()
    {
        var (bus, left) = (new RecordingBus(), 0);
        var store = Open(bus, sync: file =>
        {
            if (left > 0 && left-- > 0)
                throw new IOException("No.");
            DiskSync.Flush(file);
        });
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;

        for (var round = 0; round < 5; round++)
        {
            left = round % 2;
            var calls = Enumerable.Range(0, 20).Select(i => store.ApplyAsync(Send(id, $"{round}-{i}") with { ClientMessageId = $"{round}-{i}" }, None)).ToList();
            foreach (var call in calls)
                await Task.WhenAny(call).Soon();

            // One that was alone in its commit was told; it repeats itself.
            foreach (var i in Enumerable.Range(0, 20).Where(i => calls[i].IsFaulted))
                await store.ApplyAsync(Send(id, $"{round}-{i}") with { ClientMessageId = $"{round}-{i}" }, None).Soon();
        }

        var log = await ReadAllAsync(store, id);
        Assert.Equal(Enumerable.Range(1, 101).Select(i => (long)i), log.Select(e => e.Sequence));
        Assert.Equal(100, log.Skip(1).Cast<Message>().Select(m => m.Content).Distinct().Count());
        Assert.Equal(log, bus.Entries);
    }

    /// <summary>As after a start of a version that is older than the journal: it gives the sequence to another message.</summary>
    [Fact]
    public async Task A_message_whose_place_was_given_away_stops_the_start()
    {
        var store = Open(new RecordingBus());
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        await SendAsync(store, id, 2, 2);
        var crashed = CopyFiles("crashed");
        await using (var older = new SqliteConnection($"Data Source={crashed};Pooling=False"))
        {
            await older.OpenAsync(None);
            await ExecuteAsync(older, """
                INSERT INTO conversation_event (conversation, sequence, kind, message_id, body, created_at) VALUES (1, 2, 'MESSAGE', randomblob(16), 'other', 0);
                UPDATE conversation SET last_sequence = 2;
                """);
        }

        var database = SqliteDatabase.Open($"Data Source={crashed}");
        var refused = Assert.Throws<StartException>(() => Create(database));
        Assert.Contains("conversation " + id, refused.Message, StringComparison.Ordinal);
        database.Dispose();
        Assert.NotEqual(0, CountFiled("1", crashed, "message_journal"));
    }

    [Fact]
    public async Task A_damaged_journal_stops_the_start()
    {
        var store = Open(new RecordingBus());
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        await SendAsync(store, id, 2, 2);
        foreach (var (name, damage) in new[]
        {
            ("long", "UPDATE message_journal SET entries = CAST(substr(entries, 1, 12) || x'00000100' || substr(entries, 17) AS BLOB)"),
            ("version", "UPDATE message_journal SET entries = CAST(substr(entries, 1, 16) || x'09' || substr(entries, 18) AS BLOB)"),
            ("cut", "UPDATE message_journal SET entries = CAST(substr(entries, 1, 12) || x'10000000' || substr(entries, 17) AS BLOB)"),
        })
        {
            var crashed = CopyFiles(name);
            await using (var connection = new SqliteConnection($"Data Source={crashed};Pooling=False"))
            {
                await connection.OpenAsync(None);
                await ExecuteAsync(connection, damage);
            }

            using var database = SqliteDatabase.Open($"Data Source={crashed}");
            Assert.Throws<StartException>(() => Create(database));
        }
    }

    [Fact]
    public async Task A_page_of_conversations_is_in_the_order_that_it_shows()
    {
        var store = Open(new RecordingBus());
        var now = Send(Guid.Empty, "").Now;
        var older = (await store.StartAsync(Start("f", at: now.AddSeconds(-2)), None)).Conversation.Id;
        var newer = (await store.StartAsync(Start("g", at: now.AddSeconds(-1)), None)).Conversation.Id;
        await SendAsync(store, older, 2, 2);

        var page = await store.ListAsync(new ConversationFilter(null, []), 0, 10, None);

        Assert.Equal([older, newer], page.Items.Select(item => item.Id));
    }

    [Fact]
    public async Task What_a_burst_took_of_the_journal_is_given_back()
    {
        var store = Open(new RecordingBus());
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        for (var i = 0; i < 80; i++)
            await store.ApplyAsync(Send(id, new string('x', 8000)), None).Soon();
        Assert.True(CountFiled("1", table: "message_journal") >= 160);

        await store.ApplyAsync(Accept(id, "agent"), None);

        Assert.Equal(128, CountFiled("1", table: "message_journal"));
        await SendAsync(store, id, 83, 84);
        Assert.Equal(84, (await ReadAllAsync(store, id)).Count);
    }

    [Fact]
    public async Task Nothing_is_left_in_the_journal_of_what_was_erased()
    {
        var store = Open(new RecordingBus());
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        for (var i = 0; i < 5; i++)
            await store.ApplyAsync(Send(id, $"what-was-written-{i}"), None);
        await store.ApplyAsync(Close(id), None);
        Assert.NotEqual(0, CountFiled("1", table: "message_journal"));

        Assert.Equal(new Erasure(1, 5), await store.EraseAsync(id, "f", None));
        await store.PurgeAsync(None);

        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(Database)!, "livechat.db*").Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            await using var content = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var text = new StreamReader(content, System.Text.Encoding.Latin1);
            Assert.DoesNotContain("what-was-written", await text.ReadToEndAsync(None), StringComparison.Ordinal);
        }
    }

    private static async Task SendAsync(SqliteChatStore store, Guid id, int first, int last)
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
