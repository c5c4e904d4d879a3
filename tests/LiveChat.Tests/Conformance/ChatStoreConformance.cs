using LiveChat.Server.Storage.Core;
using LiveChat.Tests.Support;

using static LiveChat.Tests.Support.Sample;

namespace LiveChat.Tests.Conformance;

/// <summary>
/// What every store must do, whatever its engine. A subclass says how to open a store on data that outlives it; the tests are
/// inherited unchanged.
/// </summary>
public abstract class ChatStoreConformance
{
    private static readonly CancellationToken None = CancellationToken.None;

    private static readonly Participant AgentA = new("a", ParticipantType.Agent, null);

    private readonly RecordingBus _bus = new();

    private static Participant CustomerOf(string id) => new(id, ParticipantType.Customer, null);

    /// <summary>Opens a store on this test's own data, which is the same at every call.</summary>
    private protected abstract Task<ChatStore> OpenAsync(IEventBus bus);

    [Fact]
    public async Task A_start_makes_a_conversation_with_its_first_entry()
    {
        var store = await OpenAsync(_bus);

        var decision = await store.StartAsync(Start("f", "Jane", "0123"), None);

        var found = await store.FindWithPositionAsync(decision.Conversation.Id, None);
        Assert.Equal(decision.Conversation with { Queue = null }, found!.Conversation);
        Assert.Equal((1, 1), (found.Position, decision.Conversation.Queue!.Position));
        var entry = Assert.IsType<Transition>(Assert.Single(decision.Entries));
        Assert.Equal((TransitionKind.Queued, 1), (entry.Kind, entry.Sequence));
        Assert.Equal([entry], _bus.Entries);
    }

    [Fact]
    public async Task Concurrent_starts_of_one_customer_find_one_conversation()
    {
        var store = await OpenAsync(_bus);

        var decisions = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => store.StartAsync(Start("f"), None)))).Soon();

        Assert.Single(decisions.Select(d => d.Conversation.Id).Distinct());
        Assert.Single(decisions, d => d.Entries.Count == 1);
        Assert.Equal(1, (await store.ReadQueueAsync(null, 0, 10, None)).Total);
    }

    [Fact]
    public async Task A_closed_conversation_is_not_found_again_by_its_customer()
    {
        var store = await OpenAsync(_bus);
        var first = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        await store.ApplyAsync(Close(first), None);

        Assert.Null(await store.FindActiveAsync("f", None));
        Assert.NotEqual(first, (await store.StartAsync(Start("f"), None)).Conversation.Id);
        Assert.Equal(ConversationStatus.Closed, (await store.FindAsync(first, None))!.Status);
    }

    [Fact]
    public async Task A_command_for_what_does_not_exist_is_refused()
    {
        var store = await OpenAsync(_bus);

        var decision = await store.ApplyAsync(Send(Guid.NewGuid(), "x"), None);

        Assert.Equal(ErrorCodes.NotFound, decision.Error!.Code);
        Assert.Null(await store.FindAsync(Guid.NewGuid(), None));
        Assert.Null(await store.ReadEventsAsync(Guid.NewGuid(), new LogRange(0, null, 10), None));
    }

    [Fact]
    public async Task Concurrent_sends_get_sequences_without_a_gap_and_the_bus_hears_them_in_order()
    {
        var store = await OpenAsync(_bus);
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;

        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => store.ApplyAsync(Send(id, $"m{i}"), None)))).Soon();

        var log = await ReadAllAsync(store, id);
        Assert.Equal(Enumerable.Range(1, 201).Select(i => (long)i), log.Select(e => e.Sequence));
        Assert.Equal(log.Select(e => e.Sequence), _bus.Entries.Select(e => e.Sequence));
        Assert.Equal(201, (await store.FindAsync(id, None))!.LastSequence);
    }

    [Fact]
    public async Task What_was_sent_reads_back_as_it_was_sent()
    {
        var store = await OpenAsync(_bus);
        var id = (await store.StartAsync(Start("f", "Jane"), None)).Conversation.Id;
        var sent = (await store.ApplyAsync(
            Send(id, "Grüße 😀 'quoted' \\ %_") with { Metadata = """{"a":"ü"}""", ClientMessageId = "k" },
            None)).Message!;

        var read = Assert.Single((await store.ReadMessagesAsync(id, new LogRange(null, null, 10), None))!.Items);

        Assert.Equal(sent, read);
        Assert.Equal(new Participant("f", ParticipantType.Customer, "Jane"), read.Sender);
    }

    [Fact]
    public async Task A_client_message_id_is_one_message_however_often_it_comes()
    {
        var store = await OpenAsync(_bus);
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        var other = (await store.StartAsync(Start("g"), None)).Conversation.Id;

        var decisions = await Task.WhenAll(Enumerable.Range(0, 20)
            .Select(_ => Task.Run(() => store.ApplyAsync(Send(id, "x") with { ClientMessageId = "k" }, None)))).Soon();

        Assert.Single(decisions, d => !d.Repeated);
        Assert.Single(decisions.Select(d => d.Message!.Id).Distinct());
        Assert.Equal(
            ErrorCodes.IdempotencyMismatch,
            (await store.ApplyAsync(Send(id, "y") with { ClientMessageId = "k" }, None)).Error!.Code);
        Assert.False((await store.ApplyAsync(Send(other, "y") with { ClientMessageId = "k" }, None)).Repeated);
        Assert.Single((await store.ReadMessagesAsync(id, new LogRange(null, null, 10), None))!.Items);
    }

    [Fact]
    public async Task One_of_many_agents_wins()
    {
        var store = await OpenAsync(_bus);
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;

        var decisions = await Task.WhenAll(Enumerable.Range(0, 20)
            .Select(i => Task.Run(() => store.ApplyAsync(Accept(id, $"a{i}"), None)))).Soon();

        var won = Assert.Single(decisions, d => d.Error is null);
        Assert.All(decisions.Where(d => d != won), d => Assert.Equal(ErrorCodes.Conflict, d.Error!.Code));
        Assert.Equal(won.Conversation.Agent, (await store.FindAsync(id, None))!.Agent);
        Assert.Equal(2, (await ReadAllAsync(store, id)).Count);
    }

    [Fact]
    public async Task Capacity_holds_across_conversations_that_are_accepted_at_once()
    {
        var store = await OpenAsync(_bus);
        var ids = new List<Guid>();
        for (var i = 0; i < 10; i++)
            ids.Add((await store.StartAsync(Start($"f{i}"), None)).Conversation.Id);

        var decisions = await Task.WhenAll(ids.Select(id => Task.Run(() => store.ApplyAsync(Accept(id, "a"), None)))).Soon();

        Assert.Equal(3, decisions.Count(d => d.Error is null));
        Assert.Equal(3, (await store.ReadHeldAsync(None)).Count(h => h.AgentId == "a"));
    }

    [Fact]
    public async Task An_agent_that_lost_the_conversation_hears_again_what_it_said_and_says_no_more()
    {
        var store = await OpenAsync(_bus);
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        await store.ApplyAsync(Accept(id, "a"), None);
        var said = Send(id, "x") with { Caller = Backends.Agent("a"), ClientMessageId = "k" };
        var first = (await store.ApplyAsync(said, None)).Message;
        await store.ApplyAsync(
            new RequeueConversation { ConversationId = id, Now = Noon.AddMinutes(5), AgentId = "a", Wait = new WaitEstimate(TimeSpan.FromMinutes(1), Ttl) },
            None);
        await MustHearAgainAsync(ErrorCodes.NotAccepted);

        await store.ApplyAsync(Accept(id, "b"), None);
        await MustHearAgainAsync(ErrorCodes.Forbidden);

        await store.ApplyAsync(Close(id), None);
        await MustHearAgainAsync(ErrorCodes.Forbidden);

        async Task MustHearAgainAsync(string elseRefused)
        {
            var again = await store.ApplyAsync(said with { MessageId = Guid.NewGuid() }, None);
            Assert.True(again.Repeated);
            Assert.Equal(first, again.Message);
            Assert.Equal(ErrorCodes.IdempotencyMismatch, (await store.ApplyAsync(said with { Content = "y" }, None)).Error!.Code);
            Assert.Equal(elseRefused, (await store.ApplyAsync(said with { ClientMessageId = "k2" }, None)).Error!.Code);
            Assert.NotNull((await store.ApplyAsync(said with { Caller = Backends.Agent("c") }, None)).Error);
        }
    }

    [Fact]
    public async Task The_open_conversations_of_a_participant_are_found()
    {
        var store = await OpenAsync(_bus);
        var ids = new List<Guid>();
        foreach (var customer in new[] { "f1", "f2", "f3" })
        {
            ids.Add((await store.StartAsync(Start(customer), None)).Conversation.Id);
            await store.ApplyAsync(Accept(ids[^1], "a"), None);
        }

        await store.ApplyAsync(Close(ids[2]), None);

        Assert.Equal(ids[..2].Order(), (await store.FindOpenAsync(AgentA, None)).Order());
        Assert.Equal([ids[0]], await store.FindOpenAsync(CustomerOf("f1"), None));
        Assert.Empty(await store.FindOpenAsync(CustomerOf("f3"), None));
        Assert.Empty(await store.FindOpenAsync(CustomerOf("a"), None));
    }

    [Fact]
    public async Task Who_had_a_socket_is_remembered_for_as_long_as_the_conversation_is_open_and_theirs()
    {
        var store = await OpenAsync(_bus);
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        await store.NoteSocketsAsync([new SocketNote(id, CustomerOf("f"))], None);
        await store.NoteSocketsAsync([new SocketNote(id, CustomerOf("f"))], None);
        await store.NoteSocketsAsync([new SocketNote(id, CustomerOf("another"))], None);
        await store.NoteSocketsAsync([new SocketNote(id, AgentA)], None);
        Assert.Equal([CustomerOf("f")], await store.ReadWithSocketsAsync(None));

        await store.ApplyAsync(Accept(id, "a"), None);
        await store.NoteSocketsAsync([new SocketNote(id, AgentA)], None);
        await store.DisposeAsync();
        store = await OpenAsync(_bus);
        Assert.Equal(["f", "a"], (await store.ReadWithSocketsAsync(None)).Select(p => p.Id));

        await store.ApplyAsync(
            new RequeueConversation { ConversationId = id, Now = Noon.AddMinutes(5), AgentId = "a", Wait = new WaitEstimate(TimeSpan.FromMinutes(1), Ttl) },
            None);
        await store.ApplyAsync(Accept(id, "b"), None);
        Assert.Equal([CustomerOf("f")], await store.ReadWithSocketsAsync(None));

        await store.ApplyAsync(Close(id), None);
        Assert.Empty(await store.ReadWithSocketsAsync(None));
    }

    [Fact]
    public async Task A_requeued_customer_has_the_old_place()
    {
        var store = await OpenAsync(_bus);
        var first = (await store.StartAsync(Start("f1", at: Noon), None)).Conversation.Id;
        var second = (await store.StartAsync(Start("f2", at: Noon.AddSeconds(1)), None)).Conversation.Id;
        await store.ApplyAsync(Accept(first, "a"), None);

        var decision = await store.ApplyAsync(
            new RequeueConversation { ConversationId = first, Now = Noon.AddMinutes(5), AgentId = "a", Wait = new WaitEstimate(TimeSpan.FromMinutes(1), Ttl) },
            None);

        Assert.Equal(new QueuePlace(1, 60), decision.Conversation.Queue);
        Assert.Null(decision.Conversation.Agent);
        Assert.Equal([first, second], (await store.ReadQueueAsync(null, 0, 10, None)).Items.Select(e => e.ConversationId));
        Assert.Equal([first, second], await store.ReadQueueOrderAsync(None));
        Assert.Equal(2, (await store.FindWithPositionAsync(second, None))!.Position);
        Assert.Empty(await store.ReadHeldAsync(None));
    }

    [Fact]
    public async Task The_queue_is_in_the_order_of_entering_whatever_the_clock_said()
    {
        var store = await OpenAsync(_bus);
        var ids = new List<Guid>();
        foreach (var at in new[] { Noon, Noon.AddHours(-1), Noon.AddHours(1), Noon.AddHours(-2) })
        {
            var started = await store.StartAsync(Start($"f{ids.Count}", at: at), None);
            ids.Add(started.Conversation.Id);
            Assert.Equal(ids.Count, started.Conversation.Queue!.Position);
        }

        Assert.Equal(ids, (await store.ReadQueueAsync(null, 0, 10, None)).Items.Select(e => e.ConversationId));
        Assert.Equal(ids, await store.ReadQueueOrderAsync(None));
        Assert.Equal([1, 2, 3, 4], await Task.WhenAll(ids.Select(async id => (await store.FindWithPositionAsync(id, None))!.Position)));
    }

    [Fact]
    public async Task What_a_customer_says_anew_is_kept_and_the_entries_before_it_say_what_was_known_then()
    {
        var store = await OpenAsync(_bus);
        var id = (await store.StartAsync(Start("f", "Jane"), None)).Conversation.Id;
        await store.ApplyAsync(Send(id, "x"), None);

        var updated = (await store.StartAsync(Start("f", "Joan", "0123") with { Metadata = """{"a":1}""" }, None)).Conversation;
        await store.ApplyAsync(Send(id, "y"), None);

        Assert.Equal((new Customer("f", "Joan", "0123"), """{"a":1}"""), (updated.Customer, updated.Metadata));
        var found = (await store.FindAsync(id, None))!;
        Assert.Equal((updated.Customer, updated.Metadata, 4L), (found.Customer, found.Metadata, found.LastSequence));
        var log = await ReadAllAsync(store, id);
        Assert.Equal(_bus.Entries, log);
        Assert.Equal("Jane", ((Transition)log[0]).Conversation.Customer.DisplayName);
    }

    [Fact]
    public async Task The_log_replays_to_what_the_conversation_is()
    {
        var store = await OpenAsync(_bus);
        var id = (await store.StartAsync(Start("f", at: Noon), None)).Conversation.Id;
        await store.ApplyAsync(Send(id, "Hello"), None);
        await store.ApplyAsync(Accept(id, "a"), None);
        await store.ApplyAsync(Send(id, "Hi") with { Caller = Backends.AnyAgent }, None);
        var closed = (await store.ApplyAsync(Close(id), None)).Conversation;

        var log = await ReadAllAsync(store, id);

        Assert.Equal(_bus.Entries, log);
        Assert.Equal(closed, Assert.IsType<Transition>(log[^1]).Conversation);
        Assert.Equal(closed, await store.FindAsync(id, None));
    }

    [Fact]
    public async Task How_far_each_side_has_read_is_kept_and_only_goes_forward()
    {
        var store = await OpenAsync(_bus);
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        await store.ApplyAsync(Accept(id, "a"), None);
        await store.ApplyAsync(Send(id, "x"), None);
        var entries = _bus.Entries.Count;

        Assert.Equal(new ReadMarkers(2, 0), await ReadAsync(2, Backends.AnyCustomer));
        Assert.Equal(new ReadMarkers(2, 3), await ReadAsync(9, Backends.Agent("a")));
        Assert.Equal(new ReadMarkers(2, 3), await ReadAsync(1, Backends.Agent("a")));
        Assert.Equal(ErrorCodes.Forbidden, (await store.ApplyAsync(Sample.Read(id, 3, Backends.Agent("b")), None)).Error!.Code);
        Assert.Equal(entries, _bus.Entries.Count);

        // What happens later says nothing of reading, and keeps it.
        var sent = await store.ApplyAsync(Send(id, "y"), None);
        Assert.Equal((4L, new ReadMarkers(2, 3)), (sent.Conversation.LastSequence, sent.Conversation.Read));
        var closed = (await store.ApplyAsync(Close(id), None)).Conversation;
        Assert.Equal(new ReadMarkers(5, 3), await ReadAsync(5, Backends.AnyCustomer));
        await store.DisposeAsync();
        store = await OpenAsync(_bus);

        Assert.Equal(closed with { Read = new ReadMarkers(5, 3) }, await store.FindAsync(id, None));
        var log = await ReadAllAsync(store, id);
        Assert.Equal(_bus.Entries, log);
        Assert.Equal(new ReadMarkers(2, 3), ((Transition)log[^1]).Conversation.Read);

        async Task<ReadMarkers> ReadAsync(long sequence, Caller caller)
        {
            var decided = (await store.ApplyAsync(Sample.Read(id, sequence, caller), None)).Conversation.Read;
            Assert.Equal(decided, (await store.FindAsync(id, None))!.Read);
            return decided;
        }
    }

    [Fact]
    public async Task Messages_and_readings_at_once_are_all_kept()
    {
        var store = await OpenAsync(_bus);
        var ids = new List<Guid>();
        for (var i = 0; i < 4; i++)
        {
            ids.Add((await store.StartAsync(Start($"f{i}"), None)).Conversation.Id);
            await store.ApplyAsync(Accept(ids[i], $"a{i}"), None);
        }

        await Task.WhenAll(Enumerable.Range(0, 400).Select(i => Task.Run(() => i % 2 == 0
            ? store.ApplyAsync(Send(ids[i / 2 % 4], $"m{i}"), None)
            : store.ApplyAsync(Sample.Read(ids[i / 2 % 4], i, i % 3 == 0 ? Backends.AnyAgent : Backends.AnyCustomer), None)))).Soon();
        await Task.WhenAll(ids.SelectMany(id => new[]
        {
            store.ApplyAsync(Sample.Read(id, long.MaxValue), None),
            store.ApplyAsync(Sample.Read(id, long.MaxValue, Backends.AnyAgent), None),
        })).Soon();

        foreach (var id in ids)
        {
            var found = (await store.FindAsync(id, None))!;
            Assert.Equal(new ReadMarkers(found.LastSequence, found.LastSequence), found.Read);
            Assert.Equal(found.LastSequence, (await ReadAllAsync(store, id)).Count);
        }
    }

    [Theory]
    [InlineData(null, null, "5 6 7", true, false)]
    [InlineData(null, 5L, "2 3 4", false, true)]
    [InlineData(null, 4L, "2 3", false, true)]
    [InlineData(0L, null, "2 3 4", false, true)]
    [InlineData(4L, null, "5 6 7", true, false)]
    [InlineData(5L, null, "6 7", true, false)]
    [InlineData(7L, null, "", true, false)]
    [InlineData(long.MaxValue, null, "", true, false)]
    [InlineData(null, 2L, "", false, true)]
    [InlineData(null, 0L, "", false, true)]
    [InlineData(3L, 4L, "", true, false)]
    [InlineData(0L, 2L, "", false, false)]
    [InlineData(2L, 6L, "3 4 5", true, false)]
    [InlineData(1L, 7L, "2 3 4", false, true)]
    public async Task Messages_are_read_by_range(long? after, long? before, string expected, bool older, bool newer)
    {
        var store = await OpenAsync(_bus);
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        for (var sequence = 2; sequence <= 7; sequence++)
            await store.ApplyAsync(Send(id, $"{sequence}"), None);

        var page = (await store.ReadMessagesAsync(id, new LogRange(after, before, 3), None))!;

        Assert.Equal(expected, string.Join(' ', page.Items.Select(m => m.Content)));
        Assert.Equal((older, newer), (page.HasOlder, page.HasNewer));
    }

    [Fact]
    public async Task Conversations_are_listed_by_filter_and_newest_activity()
    {
        var store = await OpenAsync(_bus);
        var ids = new List<Guid>();
        for (var i = 0; i < 4; i++)
            ids.Add((await store.StartAsync(Start($"f{i}", at: Noon.AddSeconds(i)), None)).Conversation.Id);
        await store.ApplyAsync(Accept(ids[0], "a", Noon.AddMinutes(2)), None);
        await store.ApplyAsync(Accept(ids[1], "a", Noon.AddMinutes(1)), None);
        await store.ApplyAsync(Accept(ids[2], "b", Noon.AddMinutes(3)), None);

        Assert.Equal([ids[0], ids[1]], await ListAsync(new ConversationFilter("a", [])));
        Assert.Equal([ids[2], ids[0], ids[1], ids[3]], await ListAsync(new ConversationFilter(null, [])));
        Assert.Equal([ids[3]], await ListAsync(new ConversationFilter(null, [ConversationStatus.Queued])));
        Assert.Empty(await ListAsync(new ConversationFilter("a", [ConversationStatus.Queued, ConversationStatus.Closed])));
        var page = await store.ListAsync(new ConversationFilter(null, []), ByActivity(1), 2, None);
        Assert.Equal((4, ids[0]), (page.Total, page.Items[0].Conversation.Id));

        async Task<IEnumerable<Guid>> ListAsync(ConversationFilter filter) =>
            (await store.ListAsync(filter, ByActivity(0), 100, None)).Items.Select(c => c.Conversation.Id);
    }

    [Fact]
    public async Task A_list_says_what_the_agent_has_not_read_and_the_newest_message()
    {
        var store = await OpenAsync(_bus);
        var ids = new List<Guid>();
        for (var i = 0; i < 8; i++)
        {
            ids.Add((await store.StartAsync(Start($"f{i}", at: Noon.AddSeconds(i)), None)).Conversation.Id);
            if (i > 0)
                await store.ApplyAsync(Accept(ids[i], $"a{i}"), None);
        }

        // All at once, so that an engine which keeps messages apart for a while does so.
        await Task.WhenAll(ids.Skip(2).Select(id => Task.Run(async () =>
        {
            for (var i = 0; i < 5; i++)
                await store.ApplyAsync(i == 2 ? Send(id, "agent") with { Caller = Backends.AnyAgent } : Send(id, $"m{i}") with { Metadata = """{"a":1}""", ClientMessageId = $"k{i}" }, None);
        }))).Soon();
        await MustSayAsync(ids[0], 0, null);
        await MustSayAsync(ids[1], 0, null);
        await MustSayAsync(ids[2], 4, "m4");

        // Its log is: queued, assigned, m0, m1, connected, agent, m3, m4.
        await store.ApplyAsync(Sample.Read(ids[2], 4, Backends.AnyAgent), None);
        await MustSayAsync(ids[2], 2, "m4");
        await store.ApplyAsync(Sample.Read(ids[2], 8), None);
        await MustSayAsync(ids[2], 2, "m4");
        await store.ApplyAsync(Send(ids[2], "answer") with { Caller = Backends.AnyAgent }, None);
        await store.ApplyAsync(Close(ids[2]), None);
        await MustSayAsync(ids[2], 2, "answer");
        await store.ApplyAsync(Sample.Read(ids[2], 99, Backends.AnyAgent), None);
        await MustSayAsync(ids[2], 0, "answer");

        async Task MustSayAsync(Guid id, long unread, string? content)
        {
            var found = (await store.ListAsync(new ConversationFilter(null, []), ByActivity(0), 100, None)).Items.Single(listed => listed.Conversation.Id == id);
            Assert.Equal((unread, content), (found.Unread, found.LastMessage?.Content));
            Assert.Equal((await store.ReadMessagesAsync(id, new LogRange(null, null, 1), None))!.Items.SingleOrDefault(), found.LastMessage);
        }
    }

    [Fact]
    public async Task What_has_run_out_of_time_is_found()
    {
        var store = await OpenAsync(_bus);
        var waiting = (await store.StartAsync(Start("waiting", at: Noon), None)).Conversation.Id;
        var silent = (await store.StartAsync(Start("silent", at: Noon.AddMinutes(10)), None)).Conversation.Id;
        await store.ApplyAsync(Accept(silent, "a", Noon.AddMinutes(11)), None);
        var closed = (await store.StartAsync(Start("closed", at: Noon), None)).Conversation.Id;
        await store.ApplyAsync(Close(closed), None);
        var (never, now) = (DateTimeOffset.UnixEpoch, Noon.AddMinutes(11));

        Assert.Equal([waiting], (await store.FindExpiredAsync(new ExpiryTimes(Noon, never, never), null, 10, None)).Select(c => c.ConversationId));
        Assert.Equal([silent], (await store.FindExpiredAsync(new ExpiryTimes(never, now, never), null, 10, None)).Select(c => c.ConversationId));
        Assert.Equal([waiting], (await store.FindExpiredAsync(new ExpiryTimes(never, never, Noon), null, 10, None)).Select(c => c.ConversationId));
        Assert.Single((await store.FindExpiredAsync(new ExpiryTimes(Noon, now, now), null, 1, None)).Select(c => c.ConversationId));
        Assert.Empty((await store.FindExpiredAsync(new ExpiryTimes(never, never, never), null, 10, None)).Select(c => c.ConversationId));
    }

    [Fact]
    public async Task Accepts_are_remembered_newest_first()
    {
        var store = await OpenAsync(_bus);
        for (var i = 0; i < 3; i++)
        {
            var id = (await store.StartAsync(Start($"f{i}", at: Noon), None)).Conversation.Id;
            await store.ApplyAsync(Accept(id, "a", Noon.AddMinutes(i)), None);
        }

        Assert.Equal([Noon.AddMinutes(2), Noon.AddMinutes(1)], await store.ReadRecentAcceptsAsync(2, None));
    }

    [Fact]
    public async Task A_clock_that_steps_back_does_not_take_the_log_back()
    {
        var store = await OpenAsync(_bus);
        var id = (await store.StartAsync(Start("f", at: Noon), None)).Conversation.Id;

        var sent = (await store.ApplyAsync(Send(id, "x") with { Now = Noon.AddHours(-1) }, None)).Message!;

        Assert.Equal(Noon, sent.Timestamp);
    }

    [Fact]
    public async Task A_command_that_throws_fails_its_own_caller_only()
    {
        var store = await OpenAsync(_bus);
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;

        var calls = Enumerable.Range(0, 50).Select(i => Task.Run(() => i % 10 == 0
            ? store.ApplyAsync(new Throwing { ConversationId = id, Now = Noon }, None)
            : store.ApplyAsync(Send(id, $"m{i}"), None))).ToArray();
        await Task.WhenAll(calls).ContinueWith(_ => { }, TaskScheduler.Default).Soon();

        Assert.Equal(5, calls.Count(c => c.IsFaulted && c.Exception.InnerException is InvalidTimeZoneException));
        Assert.Equal(45, calls.Count(c => c.IsCompletedSuccessfully));
        Assert.Equal(Enumerable.Range(1, 46).Select(i => (long)i), (await ReadAllAsync(store, id)).Select(e => e.Sequence));
        Assert.Equal(46, _bus.Entries.Count);
    }

    [Fact]
    public async Task What_was_answered_is_there_when_the_store_is_opened_again()
    {
        var store = await OpenAsync(_bus);
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        for (var i = 0; i < 10; i++)
            await store.ApplyAsync(Send(id, $"m{i}") with { ClientMessageId = $"k{i}" }, None);
        var before = await ReadAllAsync(store, id);
        await store.DisposeAsync();

        store = await OpenAsync(_bus);

        Assert.Equal(before, await ReadAllAsync(store, id));
        Assert.True((await store.ApplyAsync(Send(id, "m3") with { ClientMessageId = "k3" }, None)).Repeated);
    }

    [Fact]
    public async Task A_customers_conversations_are_read_page_by_page_with_their_metadata()
    {
        var store = await OpenAsync(_bus);
        var ids = new List<Guid>();
        for (var i = 0; i < 3; i++)
        {
            ids.Add((await store.StartAsync(Start("f") with { Metadata = $$"""{"n":{{i}}}""" }, None)).Conversation.Id);
            await store.ApplyAsync(Close(ids[^1]), None);
            await store.StartAsync(Start($"other{i}"), None);
        }

        var first = await store.ReadCustomerAsync("f", after: 0, count: 2, None);
        var second = await store.ReadCustomerAsync("f", first[^1].Key, count: 2, None);

        Assert.Equal(ids, first.Concat(second).Select(c => c.Conversation.Id));
        Assert.Equal(["""{"n":0}""", """{"n":1}""", """{"n":2}"""], first.Concat(second).Select(c => c.Conversation.Metadata));
        Assert.Equal(await store.FindAsync(ids[0], None), first[0].Conversation);
    }

    [Fact]
    public async Task An_erased_conversation_keeps_its_log_without_what_people_put_into_it()
    {
        var store = await OpenAsync(_bus);
        var id = (await store.StartAsync(Start("secret", "secret", "secret") with { Metadata = """{"secret":1}""" }, None)).Conversation.Id;
        await store.ApplyAsync(Accept(id, "a"), None);
        for (var i = 0; i < 600; i++)
        {
            var send = Send(id, $"secret {i}") with { Metadata = """{"secret":1}""", ClientMessageId = $"secret{i}" };
            await store.ApplyAsync(i % 2 == 0 ? send : send with { Caller = Backends.AnyAgent }, None);
        }

        await store.ApplyAsync(Close(id) with { Reason = "secret" }, None);
        var before = await ReadAllAsync(store, id);

        Assert.Equal(new Erasure(1, 600), await store.EraseAsync(id, "secret", None));

        var after = await ReadAllAsync(store, id);
        var pseudonym = Erasure.PseudonymOf(id);
        var customer = new Customer(pseudonym, null, null);
        Assert.Equal(before.Select(e => Erased(e, customer)), after);
        var conversation = (await store.FindAsync(id, None))!;
        Assert.Equal(((Transition)after[^1]).Conversation, conversation);
        Assert.Equal((customer, "a", null, 604L), (conversation.Customer, conversation.Agent!.Id, conversation.CloseReason, conversation.LastSequence));
        Assert.Empty(await store.ReadCustomerAsync("secret", 0, 10, None));
        Assert.Null(Assert.Single(await store.ReadCustomerAsync(pseudonym, 0, 10, None)).Conversation.Metadata);

        Assert.Equal(new Erasure(0, 0), await store.EraseAsync(id, "secret", None));
        Assert.Equal(new Erasure(0, 0), await store.EraseAsync(id, pseudonym, None));

        static ConversationEvent Erased(ConversationEvent entry, Customer customer) => entry switch
        {
            Message { Sender.Type: ParticipantType.Customer } m =>
                m with { Content = "", Metadata = null, ClientMessageId = null, Sender = customer.AsParticipant() },
            Message m => m with { Content = "", Metadata = null, ClientMessageId = null },
            Transition t => t with
            {
                Participant = t.Participant?.Type is ParticipantType.Customer ? customer.AsParticipant() : t.Participant,
                Reason = null,
                Conversation = t.Conversation with { Customer = customer, Metadata = null, CloseReason = null },
            },
            _ => throw new InvalidOperationException(),
        };
    }

    [Fact]
    public async Task Only_a_closed_conversation_of_that_customer_is_erased_and_the_servers_reason_stays()
    {
        var store = await OpenAsync(_bus);
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;

        Assert.Equal(new Erasure(0, 0), await store.EraseAsync(id, "f", None));
        await store.ApplyAsync(new EndConversation { ConversationId = id, Now = Noon, Reason = EndConversation.Erased }, None);
        Assert.Equal(new Erasure(0, 0), await store.EraseAsync(id, "g", None));
        Assert.Equal(new Erasure(0, 0), await store.EraseAsync(Guid.NewGuid(), "f", None));
        Assert.Equal("f", (await store.FindAsync(id, None))!.Customer.Id);

        Assert.Equal(new Erasure(1, 0), await store.EraseAsync(id, "f", None));
        Assert.Equal(EndConversation.Erased, (await store.FindAsync(id, None))!.CloseReason);
        Assert.Equal(EndConversation.Erased, ((Transition)(await ReadAllAsync(store, id))[^1]).Reason);
    }

    [Fact]
    public async Task Closed_conversations_are_removed_oldest_first_and_open_ones_never()
    {
        var store = await OpenAsync(_bus);
        var ids = new List<Guid>();
        for (var i = 0; i < 4; i++)
        {
            ids.Add((await store.StartAsync(Start($"f{i}", at: Noon), None)).Conversation.Id);
            for (var m = 0; m < (i == 0 ? 600 : 1); m++)
                await store.ApplyAsync(Send(ids[i], "x"), None);
            if (i < 3)
                await store.ApplyAsync(Close(ids[i]) with { Now = Noon.AddDays(i) }, None);
        }

        Assert.Equal(0, await store.RemoveClosedAsync(Noon.AddSeconds(-1), 10, None));
        Assert.Equal(1, await store.RemoveClosedAsync(Noon.AddDays(1), 1, None));
        Assert.Null(await store.FindAsync(ids[0], None));
        Assert.Null(await store.ReadEventsAsync(ids[0], new LogRange(0, null, 10), None));
        Assert.NotNull(await store.FindAsync(ids[1], None));

        Assert.Equal(1, await store.RemoveClosedAsync(Noon.AddDays(1), 10, None));
        Assert.Equal(1, await store.RemoveClosedAsync(Noon.AddDays(9), 10, None));
        Assert.Equal(0, await store.RemoveClosedAsync(Noon.AddDays(9), 10, None));
        Assert.Equal(2, (await ReadAllAsync(store, ids[3])).Count);
    }

    [Fact]
    public async Task Removals_at_once_remove_each_conversation_once()
    {
        var store = await OpenAsync(_bus);
        for (var i = 0; i < 20; i++)
        {
            var id = (await store.StartAsync(Start($"f{i}"), None)).Conversation.Id;
            await store.ApplyAsync(Close(id), None);
        }

        var removed = await Task.WhenAll(Enumerable.Range(0, 4)
            .Select(_ => Task.Run(() => store.RemoveClosedAsync(Noon, 100, None)))).Soon();

        Assert.Equal(20, removed.Sum());
        Assert.Equal(0, (await store.ListAsync(new ConversationFilter(null, []), ByActivity(0), 1, None)).Total);
    }

    [Fact]
    public async Task Totals_are_of_what_is_there_now()
    {
        var store = await OpenAsync(_bus);
        Assert.Equal((0, 0, 0, 0, null), await TotalsAsync());
        Assert.Equal((0, 0), await SizeAsync());

        var ids = new List<Guid>();
        for (var i = 0; i < 5; i++)
            ids.Add((await store.StartAsync(Start($"f{i}", at: Noon.AddMinutes(i)), None)).Conversation.Id);
        await store.ApplyAsync(Accept(ids[0], "a", at: Noon.AddMinutes(10)), None);
        await store.ApplyAsync(Accept(ids[1], "a", at: Noon.AddMinutes(10)), None);
        await store.ApplyAsync(new ConnectAgent { ConversationId = ids[1], Now = Noon.AddMinutes(11), Caller = Backends.Agent("a") }, None);
        await store.ApplyAsync(Close(ids[2]) with { Now = Noon.AddMinutes(12) }, None);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => store.ApplyAsync(Send(ids[i % 2 == 0 ? 3 : 0], "x"), None))).Soon();
        Assert.Equal((2, 1, 1, 1, Noon.AddMinutes(3)), await TotalsAsync());
        Assert.Equal((5, 40), await SizeAsync());

        await store.ApplyAsync(Send(ids[3], "x"), None);
        Assert.Equal((5, 41), await SizeAsync());
        await store.ApplyAsync(Close(ids[3]) with { Now = Noon.AddMinutes(13) }, None);
        Assert.Equal(2, await store.RemoveClosedAsync(Noon.AddDays(1), 10, None));
        Assert.Equal((1, 1, 1, 0, Noon.AddMinutes(4)), await TotalsAsync());
        Assert.Equal((3, 20), await SizeAsync());

        async Task<(long Queued, long Assigned, long Connected, long Closed, DateTimeOffset? Oldest)> TotalsAsync()
        {
            var (counts, oldest) = await store.ReadTotalsAsync(None);
            Assert.Equal(4, counts.Count);
            return (
                counts[ConversationStatus.Queued], counts[ConversationStatus.Assigned], counts[ConversationStatus.Connected], counts[ConversationStatus.Closed], oldest);
        }

        async Task<(long Conversations, long Messages)> SizeAsync()
        {
            var size = await store.ReadSizeAsync(None);
            Assert.True(size.Bytes > 0);
            return (size.Conversations, size.Messages);
        }
    }

    private protected static async Task<List<ConversationEvent>> ReadAllAsync(ChatStore store, Guid id)
    {
        var log = new List<ConversationEvent>();
        LogPage<ConversationEvent> page;
        do
        {
            page = (await store.ReadEventsAsync(id, new LogRange(log.LastOrDefault()?.Sequence ?? 0, null, 60), None))!;
            log.AddRange(page.Items);
        }
        while (page.HasNewer);
        return log;
    }

    private protected static ConversationOrder ByActivity(long offset) => new(ByActivity: true, offset, After: null);

    protected sealed record Throwing : ConversationCommand
    {
        private protected override Decision DecideOn(Conversation current, Facts facts) => throw new InvalidTimeZoneException();
    }
}
