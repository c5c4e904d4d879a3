using System.Text.Json;
using LiveChat.Server.Operations;
using LiveChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace LiveChat.Tests.Lifecycle;

/// <summary>What happens by itself, on a clock that the test moves.</summary>
public class LifecycleTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    // The odd start shows whoever takes the real time for this one.
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2031, 1, 2, 3, 4, 5, TimeSpan.Zero));

    [Fact]
    public async Task A_queue_entry_that_waited_too_long_is_closed_and_messages_do_not_renew_it()
    {
        await using var server = await StartAsync();
        var id = await server.Rest.StartAsync("f");
        _clock.Advance(TimeSpan.FromMinutes(20));
        (await server.Rest.CustomerSendAsync(id, "still here")).Must(201);
        _clock.Advance(TimeSpan.FromMinutes(10));

        // Expired and not yet swept: it can neither be accepted nor written to.
        (await server.Rest.AcceptAsync(id)).MustFail(410, "gone");
        (await server.Rest.CustomerSendAsync(id, "x")).MustFail(410, "gone");
        await SweepAsync(server);

        await MustBeClosedAsync(server, id, "queue_timeout");
    }

    [Fact]
    public async Task A_visitor_whose_entry_expired_gets_a_new_conversation_without_waiting_for_the_sweep()
    {
        await using var server = await StartAsync();
        var id = await server.Rest.StartAsync("f");
        _clock.Advance(TimeSpan.FromMinutes(30));

        var next = await server.Rest.StartAsync("f");

        Assert.NotEqual(id, next);
        await MustBeClosedAsync(server, id, "queue_timeout");
    }

    [Fact]
    public async Task Silence_closes_an_accepted_conversation_and_a_word_keeps_it()
    {
        await using var server = await StartAsync("Chat:Agent:RequeueAfter=0");
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.AcceptAsync(id)).Must(200);
        _clock.Advance(TimeSpan.FromMinutes(29));
        (await server.Rest.CustomerSendAsync(id, "hello?")).Must(201);
        _clock.Advance(TimeSpan.FromMinutes(29));
        await SweepAsync(server);
        Assert.Equal("ASSIGNED", (await server.Rest.GetAsync($"/api/agent/conversations/{id}")).Text("status"));

        _clock.Advance(TimeSpan.FromMinutes(1));
        await SweepAsync(server);

        await MustBeClosedAsync(server, id, "inactivity");
    }

    [Fact]
    public async Task No_conversation_grows_older_than_the_maximum()
    {
        await using var server = await StartAsync(
            "Chat:Agent:RequeueAfter=0",
            "Chat:Conversation:MaxDuration=00:50:00");
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.AcceptAsync(id)).Must(200);
        _clock.Advance(TimeSpan.FromMinutes(25));
        (await server.Rest.AgentSendAsync(id, "busy")).Must(201);
        _clock.Advance(TimeSpan.FromMinutes(25));
        await SweepAsync(server);

        await MustBeClosedAsync(server, id, "max_duration");
    }

    [Fact]
    public async Task An_agent_that_is_gone_loses_the_conversation_and_the_customer_has_the_old_place()
    {
        await using var server = await StartAsync();
        var id = await server.Rest.StartAsync("first");
        _clock.Advance(TimeSpan.FromSeconds(1));
        await server.Rest.StartAsync("second");
        (await server.Rest.AcceptAsync(id)).Must(200);

        _clock.Advance(TimeSpan.FromSeconds(119));
        await SweepAsync(server);
        (await server.Rest.PostAsync("/api/agent/sessions", new { agentId = "agent-123" })).Must(200);
        _clock.Advance(TimeSpan.FromSeconds(119));
        await SweepAsync(server);
        Assert.Equal("ASSIGNED", (await server.Rest.GetAsync($"/api/customer/conversations/{id}")).Text("status"));

        _clock.Advance(TimeSpan.FromSeconds(2));
        await SweepAsync(server);

        var requeued = (await server.Rest.EventsAsync(id))[^1].GetProperty("payload");
        Assert.Equal("CONVERSATION_REQUEUED", requeued.GetProperty("type").GetString());
        Assert.Equal("QUEUED", requeued.GetProperty("status").GetString());
        Assert.Equal("agent-123", requeued.GetProperty("participant").GetProperty("id").GetString());
        Assert.Equal(1, requeued.GetProperty("queue").GetProperty("position").GetInt32());
        var queue = (await server.Rest.GetAsync("/api/agent/queue")).Must(200);
        Assert.Equal(id, queue.Json[0].GetProperty("conversationId").GetString());
        (await server.Rest.AcceptAsync(id, "agent-2")).Must(200);
    }

    [Fact]
    public async Task An_agent_that_lost_one_conversation_or_a_socket_has_the_whole_time_for_the_others()
    {
        await using var server = await StartAsync();
        _clock.Advance(TimeSpan.FromHours(1));
        var (first, second) = (await server.Rest.StartAsync("a"), await server.Rest.StartAsync("b"));
        (await server.Rest.AcceptAsync(first)).Must(200);
        (await server.Rest.AcceptAsync(second)).Must(200);
        var queue = await RawSocket.ConnectAsync(server, "role=agent&scope=queue&fingerprint=agent-123");
        await queue.NextAsync("queue:snapshot");
        await queue.DisposeAsync();
        (await server.Rest.PostAsync($"/api/customer/conversations/{first}/close")).Must(200);

        _clock.Advance(TimeSpan.FromSeconds(60));
        await SweepAsync(server);
        _clock.Advance(TimeSpan.FromSeconds(59));
        await SweepAsync(server);
        Assert.Equal("ASSIGNED", (await server.Rest.GetAsync($"/api/customer/conversations/{second}")).Text("status"));

        await Waiting.Until(async () =>
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await SweepAsync(server);
            return (await server.Rest.GetAsync($"/api/customer/conversations/{second}")).Text("status") == "QUEUED";
        });
    }

    [Fact]
    public async Task An_agent_with_a_socket_keeps_the_conversation_without_a_call()
    {
        await using var server = await StartAsync();
        var id = await server.Rest.StartAsync("f");
        await using var queue = await RawSocket.ConnectAsync(server, "role=agent&scope=queue&fingerprint=agent-123");
        await queue.NextAsync("queue:snapshot");
        (await server.Rest.AcceptAsync(id)).Must(200);

        _clock.Advance(TimeSpan.FromSeconds(20));
        await SweepAsync(server);
        _clock.Advance(TimeSpan.FromSeconds(15));
        await SweepAsync(server);

        Assert.Equal("ASSIGNED", (await server.Rest.GetAsync($"/api/customer/conversations/{id}")).Text("status"));
    }

    [Fact]
    public async Task A_participant_that_stays_away_is_announced_after_the_grace_and_when_it_is_back()
    {
        await using var server = await StartAsync();
        var id = await StartAcceptedAsync(server);
        await using var customer = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");
        await customer.NextAsync("SESSION_READY");

        await ComeAndGoAsync(server, id);
        _clock.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        await MustHaveToldAsync("one");
        _clock.Advance(TimeSpan.FromTicks(1));

        var gone = await customer.NextAsync("PARTICIPANT_DISCONNECTED");
        Assert.Equal("DISCONNECTED", gone.Status);
        Assert.Equal("agent-123", gone.Payload.GetProperty("participant").GetProperty("id").GetString());
        Assert.Null(gone.Sequence);

        await ComeAndGoAsync(server, id);
        var returned = await customer.NextAsync("PARTICIPANT_RECONNECTED");
        Assert.Equal("CONNECTED", returned.Status);

        // Back within the grace it was never gone.
        _clock.Advance(TimeSpan.FromSeconds(9));
        await ComeAndGoAsync(server, id);
        _clock.Advance(TimeSpan.FromSeconds(9));
        await MustHaveToldAsync("two", "PARTICIPANT_DISCONNECTED", "PARTICIPANT_RECONNECTED");

        // A message comes after all that was signalled before it.
        async Task MustHaveToldAsync(string message, params string[] signals)
        {
            (await server.Rest.CustomerSendAsync(id, message)).Must(201);
            await customer.NextAsync(e => e.Content == message);
            Assert.Equal(signals, customer.Seen.Select(e => e.Type).Where(type => type?.StartsWith("PARTICIPANT_", StringComparison.Ordinal) == true));
        }
    }

    [Fact]
    public async Task An_agent_that_had_only_the_queue_open_is_announced_to_the_conversations_that_it_holds()
    {
        await using var server = await StartAsync();
        var id = await server.Rest.StartAsync("f");
        await using var customer = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");
        await customer.NextAsync("SESSION_READY");
        await using (var queue = await RawSocket.ConnectAsync(server, "role=agent&scope=queue&fingerprint=agent-123&displayName=Mallory"))
        {
            await queue.NextAsync("queue:snapshot");
            (await server.Rest.AcceptAsync(id)).Must(200);

            // The server that starts next would expect it, too.
            var store = server.Services.GetRequiredService<IPresenceStore>();
            await Waiting.Until(async () => (await store.ReadWithSocketsAsync(None)).Any(p => p.Id == "agent-123"));
        }

        await UntilGoneAsync(server);
        _clock.Advance(Grace);

        // By the name that it has in the conversation.
        var told = await customer.NextAsync("PARTICIPANT_DISCONNECTED");
        Assert.Equal("Ashik", told.Payload.GetProperty("participant").GetProperty("displayName").GetString());
    }

    [Fact]
    public async Task An_agent_that_is_lost_leaves_no_absence_to_the_next_one()
    {
        await using var server = await StartAsync("Chat:Agent:RequeueAfter=00:00:15");
        var id = await StartAcceptedAsync(server);
        await using var first = await LoseAgentAsync(server, id);
        _clock.Advance(TimeSpan.FromSeconds(5));
        await SweepAsync(server);
        await first.NextAsync("CONVERSATION_REQUEUED");

        (await server.Rest.AcceptAsync(id, "agent-456")).Must(200);
        await first.NextAsync("CONVERSATION_ASSIGNED");
        await MustHearOfNobodyAsync(server, id);
    }

    [Fact]
    public async Task A_socket_that_opens_is_told_who_is_away_and_one_that_is_back_is_told_who_has_returned()
    {
        await using var server = await StartAsync();
        var id = await StartAcceptedAsync(server);
        await using var first = await LoseAgentAsync(server, id);

        await using var second = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");
        await second.NextAsync("PARTICIPANT_DISCONNECTED");
        await second.DisposeAsync();
        await using var agent = await RawSocket.ConnectAsync(server, $"role=agent&conversationId={id}&fingerprint=agent-123");
        await first.NextAsync("PARTICIPANT_RECONNECTED");

        await using var back = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}&after=2");
        Assert.Equal("CONNECTED", (await back.NextAsync("PARTICIPANT_RECONNECTED")).Status);

        // One that is new has heard nothing that it would have to take back.
        await MustHearOfNobodyAsync(server, id);
    }

    [Fact]
    public async Task Who_does_not_come_back_to_a_server_that_was_started_again_is_announced()
    {
        var folder = Directory.CreateTempSubdirectory("livechat-test-").FullName;
        try
        {
            string id;
            await using (var before = await StartInAsync(folder))
            {
                id = await before.Rest.StartAsync("f");
                (await before.Rest.AcceptAsync(id)).Must(200);
                await using var gone = await RawSocket.ConnectAsync(before, $"role=customer&conversationId={id}");
                await gone.NextAsync("SESSION_READY");
                var store = before.Services.GetRequiredService<IPresenceStore>();
                await Waiting.Until(async () => (await store.ReadWithSocketsAsync(None)).Count == 1);
            }

            await using var server = await StartInAsync(folder);
            await using var agent = await RawSocket.ConnectAsync(server, $"role=agent&conversationId={id}&fingerprint=agent-123");
            await agent.NextAsync("SESSION_READY");
            _clock.Advance(Grace);

            var told = await agent.NextAsync("PARTICIPANT_DISCONNECTED");
            Assert.Equal("f", told.Payload.GetProperty("participant").GetProperty("id").GetString());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_closed_conversation_is_removed_when_it_was_kept_for_long_enough()
    {
        await using var server = await StartAsync("Chat:Retention:ClosedConversations=30.00:00:00", "Chat:Agent:RequeueAfter=0");
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.CustomerSendAsync(id, "x")).Must(201);
        (await server.Rest.PostAsync($"/api/customer/conversations/{id}/close")).Must(200);

        _clock.Advance(TimeSpan.FromDays(30) - TimeSpan.FromSeconds(1));
        await SweepAsync(server);
        (await server.Rest.GetAsync($"/api/customer/conversations/{id}")).Must(200);
        _clock.Advance(TimeSpan.FromSeconds(1));
        var open = await server.Rest.StartAsync("f");
        await SweepAsync(server);

        (await server.Rest.GetAsync($"/api/customer/conversations/{id}")).MustFail(404, "not_found");
        (await server.Rest.CustomerSendAsync(id, "x")).MustFail(404, "not_found");
        (await server.Rest.GetAsync($"/api/customer/conversations/{open}")).Must(200);
    }

    [Fact]
    public async Task Nothing_is_removed_unless_it_was_asked_for()
    {
        await using var server = await StartAsync();
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.PostAsync($"/api/customer/conversations/{id}/close")).Must(200);

        _clock.Advance(TimeSpan.FromDays(20));
        await SweepAsync(server);

        (await server.Rest.GetAsync($"/api/customer/conversations/{id}")).Must(200);
    }

    [Fact]
    public async Task Rounds_of_housekeeping_at_once_change_each_thing_once()
    {
        await using var server = await StartAsync("Chat:Conversation:InactivityTimeout=01:00:00");
        var ids = new List<string>();
        for (var i = 0; i < 30; i++)
        {
            ids.Add(await server.Rest.StartAsync($"f{i}"));
            if (i % 2 == 0)
                (await server.Rest.AcceptAsync(ids[i], $"agent-{i}")).Must(200);
        }

        // Those who wait have waited too long; the agents of the others have been gone for too long.
        _clock.Advance(TimeSpan.FromMinutes(30));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => SweepAsync(server)))).Soon();

        for (var i = 0; i < ids.Count; i++)
        {
            var types = (await server.Rest.EventsAsync(ids[i])).Select(e => e.GetProperty("payload").GetProperty("type").GetString()!);
            string[] expected = i % 2 == 0
                ? ["CONVERSATION_QUEUED", "CONVERSATION_ASSIGNED", "CONVERSATION_REQUEUED"]
                : ["CONVERSATION_QUEUED", "CONVERSATION_CLOSED"];
            Assert.Equal(expected, types);
        }
    }

    [Fact]
    public async Task A_waiting_customer_is_told_its_place_with_a_wait_learned_from_recent_accepts()
    {
        await using var server = await StartAsync("Chat:Queue:BroadcastInterval=0");
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add(await server.Rest.StartAsync($"f{i}"));
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        // Nobody can say how long it takes while no agent is there.
        Assert.Equal(JsonValueKind.Null, (await server.Rest.GetAsync($"/api/customer/conversations/{ids[4]}")).Json.GetProperty("queue").GetProperty("estimatedWaitSeconds").ValueKind);
        (await server.Rest.PostAsync("/api/agent/sessions", new { agentId = "agent-0" })).Must(200);
        await using var last = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={ids[4]}");
        var ready = (await last.NextAsync("SESSION_READY")).Payload.GetProperty("queue");
        Assert.Equal((5, 600), (ready.GetProperty("position").GetInt32(), ready.GetProperty("estimatedWaitSeconds").GetInt32()));

        // One accept every 20 s: that is what a place costs from then on. Together they are shorter than the heartbeat of the socket.
        for (var i = 0; i < 3; i++)
        {
            (await server.Rest.AcceptAsync(ids[i], $"agent-{i}")).Must(200);
            if (i < 2)
                _clock.Advance(TimeSpan.FromSeconds(20));
        }

        var moved = await last.NextAsync(e => e.Type == "QUEUE_POSITION" && e.Payload.GetProperty("queue").GetProperty("position").GetInt32() == 2);
        Assert.Equal("QUEUED", moved.Status);
        Assert.Null(moved.Sequence);
        Assert.Equal(40, moved.Payload.GetProperty("queue").GetProperty("estimatedWaitSeconds").GetInt32());
        Assert.Equal(40, (await server.Rest.GetAsync($"/api/customer/conversations/{ids[4]}")).Json.GetProperty("queue").GetProperty("estimatedWaitSeconds").GetInt32());
    }

    [Fact]
    public async Task One_conversation_that_cannot_be_closed_holds_up_no_other()
    {
        var bad = Guid.Empty;
        await using var server = await RunningServer.StartAsync(services =>
        {
            services.AddSingleton<TimeProvider>(_clock);
            StorePart.Replace<IConversationStore>(services, (_, args) =>
                args[0] is ExpireConversation expire && expire.ConversationId == bad ? throw new IOException("No.") : Task.CompletedTask);
        });
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
            ids.Add(await server.Rest.StartAsync($"f{i}"));
        bad = Guid.Parse(ids[0]);
        _clock.Advance(TimeSpan.FromMinutes(31));

        await SweepAsync(server);

        await MustBeClosedAsync(server, ids[1], "queue_timeout");
        await MustBeClosedAsync(server, ids[2], "queue_timeout");
        Assert.Equal("QUEUED", (await server.Rest.GetAsync($"/api/customer/conversations/{ids[0]}")).Text("status"));
    }

    [Theory]
    [InlineData("", "QUEUED")]
    [InlineData("?agentId=agent-123", "ASSIGNED")]
    public async Task Who_reads_without_a_name_is_not_the_agent_that_is_away(string query, string status)
    {
        await using var server = await StartAsync();
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.AcceptAsync(id)).Must(200);

        for (var minute = 0; minute < 3; minute++)
        {
            _clock.Advance(TimeSpan.FromMinutes(1));
            foreach (var path in new[] { "", "/messages", "/events" })
                (await server.Rest.GetAsync($"/api/agent/conversations/{id}{path}{query}")).Must(200);
        }

        await SweepAsync(server);
        Assert.Equal(status, (await server.Rest.GetAsync($"/api/customer/conversations/{id}")).Text("status"));
    }

    [Fact]
    public async Task The_time_in_the_queue_counts_anew_after_a_requeue_and_the_place_does_not()
    {
        await using var server = await StartAsync();
        var id = await server.Rest.StartAsync("first");
        _clock.Advance(TimeSpan.FromMinutes(1));
        (await server.Rest.AcceptAsync(id)).Must(200);
        var second = await server.Rest.StartAsync("second");
        _clock.Advance(TimeSpan.FromMinutes(3));
        await SweepAsync(server);

        _clock.Advance(TimeSpan.FromMinutes(27));
        await SweepAsync(server);

        await MustBeClosedAsync(server, second, "queue_timeout");
        var queue = (await server.Rest.GetAsync("/api/agent/queue")).Must(200).Json;
        Assert.Equal(id, queue[0].GetProperty("conversationId").GetString());
        _clock.Advance(TimeSpan.FromMinutes(3));
        await SweepAsync(server);
        await MustBeClosedAsync(server, id, "queue_timeout");
    }

    private Task<RunningServer> StartAsync(params string[] settings) => StartInAsync(folder: null, settings);

    private Task<RunningServer> StartInAsync(string? folder, params string[] settings) => RunningServer.StartInAsync(
        folder,
        services => services.AddSingleton<TimeProvider>(_clock),
        // The test sweeps by itself: a background round would race it.
        ["Chat:Housekeeping:Interval=1.00:00:00", .. settings]);

    /// <summary>The agent opens a socket of the conversation and drops it, until the server knows.</summary>
    private async Task ComeAndGoAsync(RunningServer server, string conversationId)
    {
        var agent = await RawSocket.ConnectAsync(server, $"role=agent&conversationId={conversationId}&fingerprint=agent-123");
        await agent.NextAsync("SESSION_READY");
        await agent.DisposeAsync();
        await UntilGoneAsync(server);
    }

    private static async Task<string> StartAcceptedAsync(RunningServer server)
    {
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.AcceptAsync(id)).Must(200);
        return id;
    }

    /// <summary>The agent comes, goes and is announced as away to a socket of the customer, which is given back.</summary>
    private async Task<RawSocket> LoseAgentAsync(RunningServer server, string id)
    {
        var customer = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");
        await ComeAndGoAsync(server, id);
        _clock.Advance(Grace);
        await customer.NextAsync("PARTICIPANT_DISCONNECTED");
        return customer;
    }

    /// <summary>A socket of the customer that opens now is told of no presence.</summary>
    private static async Task MustHearOfNobodyAsync(RunningServer server, string id)
    {
        await using var customer = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");
        await customer.NextAsync("SESSION_READY");
        (await server.Rest.CustomerSendAsync(id, "x")).Must(201);
        await customer.NextAsync(e => e.Content == "x");
        Assert.DoesNotContain(customer.Seen, e => e.Type?.StartsWith("PARTICIPANT_", StringComparison.Ordinal) == true);
    }

    private async Task UntilGoneAsync(RunningServer server)
    {
        var presence = server.Services.GetRequiredService<IPresence>();
        await Waiting.Until(async () => (await presence.FindGoneAsync(["agent-123"], TimeSpan.Zero, None)).Contains("agent-123"));
    }

    private static Task SweepAsync(RunningServer server) =>
        server.Services.GetRequiredService<Housekeeping>().RunAsync(None).Soon();

    private static async Task MustBeClosedAsync(RunningServer server, string id, string reason)
    {
        var conversation = (await server.Rest.GetAsync($"/api/customer/conversations/{id}")).Must(200);
        Assert.Equal("CLOSED", conversation.Text("status"));
        Assert.Equal("SYSTEM", conversation.Text("closedBy"));
        Assert.Equal(reason, conversation.Text("closeReason"));
    }
}
