using System.Text.Json;
using LiveChat.Server.Realtime;
using LiveChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace LiveChat.Tests.Gateway;

/// <summary>One connection for all that an agent has to do: the queue, and every conversation that it holds, now or later.</summary>
public class DeskTests
{
    private const string Desk = "role=agent&scope=desk&fingerprint=agent-123";

    [Fact]
    public async Task A_desk_has_the_queue_and_what_its_agent_holds_now_and_later()
    {
        await using var server = await RunningServer.StartAsync();
        var (first, second, anothers) = (await server.Rest.StartAsync("f1"), await server.Rest.StartAsync("f2"), await server.Rest.StartAsync("f3"));
        (await server.Rest.AcceptAsync(first)).Must(200);
        (await server.Rest.AcceptAsync(anothers, "another")).Must(200);
        await using var desk = await RawSocket.ConnectAsync(server, Desk);

        Assert.Equal(1, (await desk.NextAsync("queue:snapshot")).Payload.GetArrayLength());
        var ready = await desk.NextAsync("SESSION_READY");
        Assert.Equal((first, "CONNECTED", 3), (Of(ready), ready.Status, ready.Sequence));
        Assert.Equal("agent-123", ready.Payload.GetProperty("participant").GetProperty("id").GetString());

        (await server.Rest.AcceptAsync(second)).Must(200);
        ready = await desk.NextAsync("SESSION_READY");
        Assert.Equal((second, "CONNECTED", 3), (Of(ready), ready.Status, ready.Sequence));
        await desk.NextAsync(e => e.Name == "queue:snapshot" && e.Payload.GetArrayLength() == 0);

        // Each in its own order, and nothing of what is another's.
        await HearAsync(server, desk, first, 4);
        await HearAsync(server, desk, second, 4);
        (await server.Rest.CustomerSendAsync(anothers, "not for you")).Must(201);
        await HearAsync(server, desk, first, 5);
        Assert.DoesNotContain(desk.Seen, e => e.Content == "not for you");
        Assert.DoesNotContain(desk.Seen, e => e.Offset is not null);
        Assert.False(desk.Connect.TryGetProperty("pid", out _));
    }

    [Fact]
    public async Task What_a_desk_says_names_its_conversation()
    {
        await using var server = await RunningServer.StartAsync();
        var (first, second) = (await server.Rest.StartAsync("f1"), await server.Rest.StartAsync("f2"));
        (await server.Rest.AcceptAsync(first)).Must(200);
        await using var customer = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={first}");
        await using var desk = await RawSocket.ConnectAsync(server, Desk);
        await desk.NextAsync("SESSION_READY");
        await HearAsync(server, desk, first, 4);
        await customer.NextAsync(e => e.Sequence == 4);

        foreach (var (name, argument) in new (string, object)[] { ("chat:send", new { content = "x" }), ("chat:typing", new { typing = true }), ("chat:read", new { sequence = 1 }), ("conversation:close", new { }) })
            Assert.Equal("validation", Code(await desk.AskAsync(name, argument)));
        Assert.Equal("not_accepted", Code(await desk.AskAsync("chat:send", new { content = "x", conversationId = second })));

        Assert.Equal("{}", (await desk.AskAsync("chat:typing", new { typing = true, conversationId = first })).GetRawText());
        Assert.Equal("AGENT", (await customer.NextAsync("chat:typing")).Payload.GetProperty("participant").GetProperty("type").GetString());
        Assert.Equal("Hi", (await desk.AskAsync("chat:send", new { content = "Hi", conversationId = first })).GetProperty("message").GetProperty("content").GetString());
        await customer.NextAsync(e => e.Content == "Hi");
        await customer.AskAsync("chat:read", new { sequence = 5 });
        Assert.Equal(first, Of(await desk.NextAsync("chat:read")));
        Assert.Equal("{}", (await desk.AskAsync("chat:read", new { sequence = 4, conversationId = first })).GetRawText());
        Assert.Equal(4, (await customer.NextAsync("chat:read")).Payload.GetProperty("sequence").GetInt64());
        Assert.Equal("CLOSED", (await desk.AskAsync("conversation:close", new { conversationId = first })).GetProperty("conversation").GetProperty("status").GetString());
    }

    [Fact]
    public async Task What_is_over_is_left_after_its_event_and_nothing_of_it_is_held()
    {
        await using var server = await RunningServer.StartAsync();
        await using var desk = await RawSocket.ConnectAsync(server, Desk);
        await desk.NextAsync("queue:snapshot");
        var relay = server.Services.GetRequiredService<EventRelay>();
        var lives = server.Services.GetRequiredService<SocketLives>();

        for (var i = 0; i < 5; i++)
        {
            var id = await server.Rest.StartAsync($"f{i}");
            (await server.Rest.AcceptAsync(id)).Must(200);
            Assert.Equal(id, Of(await desk.NextAsync("SESSION_READY")));
            await HearAsync(server, desk, id, 4);
            (await server.Rest.PostAsync($"/api/customer/conversations/{id}/close")).Must(200);
            Assert.Equal(id, Of(await desk.NextAsync("CONVERSATION_CLOSED")));

            await Waiting.Until(() => relay.Known(Guid.Parse(id)) is null);
            Assert.NotNull(Assert.Single(lives.Read(Guid.Parse(id))).DisconnectedAt);
        }
    }

    [Fact]
    public async Task A_conversation_that_is_lost_is_left_and_one_that_comes_back_is_opened_anew()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 12, 0, 0, TimeSpan.Zero));
        await using var server = await RunningServer.StartAsync(services => services.AddSingleton<TimeProvider>(clock));
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.AcceptAsync(id)).Must(200);
        await using var desk = await RawSocket.ConnectAsync(server, Desk);
        await desk.NextAsync("SESSION_READY");
        await HearAsync(server, desk, id, 4);

        var chat = server.Services.GetRequiredService<ChatService>();
        await chat.RequeueAsync(ServerCaller.Instance, Guid.Parse(id), "agent-123", CancellationToken.None).Soon();
        await desk.NextAsync("CONVERSATION_REQUEUED");
        await Waiting.Until(() => server.Services.GetRequiredService<EventRelay>().Known(Guid.Parse(id)) is null);
        (await server.Rest.AcceptAsync(id, "another")).Must(200);
        (await server.Rest.CustomerSendAsync(id, "for another")).Must(201);
        await chat.RequeueAsync(ServerCaller.Instance, Guid.Parse(id), "another", CancellationToken.None).Soon();

        (await server.Rest.AcceptAsync(id)).Must(200);
        await desk.NextAsync("SESSION_READY");
        await HearAsync(server, desk, id, 11);
        Assert.DoesNotContain(desk.Seen, e => e.Content == "for another");
        Assert.Equal([4, 5, 11], desk.Sequences);
    }

    [Fact]
    public async Task Every_desk_of_an_agent_is_in_and_a_desk_that_goes_is_out_of_all()
    {
        await using var server = await RunningServer.StartAsync("Chat:Presence:DisconnectGrace=00:00:00.050");
        var ids = new List<string>();
        await using var one = await RawSocket.ConnectAsync(server, Desk);
        await using (var other = await RawSocket.ConnectAsync(server, Desk))
        {
            await one.NextAsync("queue:snapshot");
            await other.NextAsync("queue:snapshot");
            for (var i = 0; i < 3; i++)
            {
                ids.Add(await server.Rest.StartAsync($"f{i}"));
                (await server.Rest.AcceptAsync(ids[i])).Must(200);
                Assert.Equal(ids[i], Of(await one.NextAsync("SESSION_READY")));
                Assert.Equal(ids[i], Of(await other.NextAsync("SESSION_READY")));
                await HearAsync(server, other, ids[i], 4);
                await HearAsync(server, one, ids[i], 5);
            }
        }

        // The agent is there for as long as one of its desks is.
        await using var customer = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={ids[0]}");
        await customer.NextAsync("SESSION_READY");
        await HearAsync(server, one, ids[0], 6);
        await customer.NextAsync(e => e.Sequence == 6);
        one.Abort();
        await customer.NextAsync("PARTICIPANT_DISCONNECTED");
        await Waiting.Until(() => ids.Skip(1).All(id => server.Services.GetRequiredService<EventRelay>().Known(Guid.Parse(id)) is null));
        await using var back = await RawSocket.ConnectAsync(server, Desk);
        await customer.NextAsync("PARTICIPANT_RECONNECTED");
        Assert.Equal(ids.Order(), new[] { Of(await back.NextAsync("SESSION_READY")), Of(await back.NextAsync("SESSION_READY")), Of(await back.NextAsync("SESSION_READY")) }.Order());
    }

    [Fact]
    public async Task What_the_bus_lost_is_found_when_it_says_so()
    {
        var bus = new FaultyBus(seed: 0) { IsGood = true };
        await using var server = await RunningServer.StartAsync(services => services.AddSingleton<IEventBus>(bus));
        var id = await server.Rest.StartAsync("f");
        await using var desk = await RawSocket.ConnectAsync(server, Desk);
        await desk.NextAsync("queue:snapshot");

        bus.LosesAll = true;
        (await server.Rest.AcceptAsync(id)).Must(200);
        bus.LosesAll = false;
        var held = (await server.Services.GetRequiredService<IConversationStore>().FindWithPositionAsync(Guid.Parse(id), CancellationToken.None))!.Conversation;
        server.Services.GetRequiredService<AgentDesks>().TakeIn(new TailReport([], [], [held]));

        Assert.Equal(id, Of(await desk.NextAsync("SESSION_READY")));
        await HearAsync(server, desk, id, 4);
    }

    [Fact]
    public async Task Accepts_and_closes_at_once_leave_a_desk_in_what_its_agent_holds_and_nothing_else()
    {
        await using var server = await RunningServer.StartAsync("Chat:Queue:MaxConcurrentByAgent=1000");
        await using var desk = await RawSocket.ConnectAsync(server, Desk);
        await desk.NextAsync("queue:snapshot");
        var ids = new List<string>();
        for (var i = 0; i < 24; i++)
            ids.Add(await server.Rest.StartAsync($"f{i}"));

        await Task.WhenAll(ids.Select(async (id, i) =>
        {
            (await server.Rest.AcceptAsync(id)).Must(200);
            if (i % 2 == 0)
                (await server.Rest.PostAsync($"/api/customer/conversations/{id}/close")).Must(200);
        })).Soon();

        var relay = server.Services.GetRequiredService<EventRelay>();
        var (closed, held) = (ids.Where((_, i) => i % 2 == 0).ToList(), ids.Where((_, i) => i % 2 != 0).ToList());
        await Waiting.Until(() => held.All(id => relay.Known(Guid.Parse(id)) is not null) && closed.All(id => relay.Known(Guid.Parse(id)) is null));
        foreach (var id in held)
            await HearAsync(server, desk, id, 4);
    }

    [Fact]
    public async Task Who_types_in_more_conversations_than_it_may_has_stopped_in_the_first()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 12, 0, 0, TimeSpan.Zero));
        await using var server = await RunningServer.StartAsync(services => services.AddSingleton<TimeProvider>(clock), "Chat:Queue:MaxConcurrentByAgent=1000");
        await using var desk = await RawSocket.ConnectAsync(server, Desk);
        var first = await server.Rest.StartAsync("first");
        (await server.Rest.AcceptAsync(first)).Must(200);
        await desk.NextAsync("SESSION_READY");
        await using var customer = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={first}");
        await customer.NextAsync("SESSION_READY");
        await HearAsync(server, customer, first, 4);
        await desk.AskAsync("chat:typing", new { typing = true, conversationId = first });
        Assert.True((await customer.NextAsync("chat:typing")).Payload.GetProperty("typing").GetBoolean());

        for (var i = 0; i < TypingSockets.MostPerSocket; i++)
        {
            var id = await server.Rest.StartAsync($"f{i}");
            (await server.Rest.AcceptAsync(id)).Must(200);
            clock.Advance(TimeSpan.FromMilliseconds(1));
            Assert.Equal("{}", (await desk.AskAsync("chat:typing", new { typing = true, conversationId = id })).GetRawText());
        }

        Assert.False((await customer.NextAsync("chat:typing")).Payload.GetProperty("typing").GetBoolean());
    }

    [Theory]
    [InlineData("role=customer&scope=desk&fingerprint=f", "forbidden")]
    [InlineData("role=agent&scope=desk", "validation")]
    [InlineData("role=agent&scope=desk&fingerprint=a&conversationId=00000000-0000-4000-8000-000000000000", "validation")]
    [InlineData("role=agent&scope=desk&fingerprint=a&after=1", "validation")]
    public async Task A_desk_that_cannot_be_is_refused(string query, string code)
    {
        await using var server = await RunningServer.StartAsync();

        Assert.Equal(code, Code(await RawSocket.RefusedAsync(server, query), "data"));
    }

    [Fact]
    public async Task Where_agents_are_known_the_desk_is_the_principals()
    {
        await using var scene = await TrustScene.StartAsync();
        var (id, customer) = await scene.ConversationAsync(isHeld: true);
        await using var desk = await RawSocket.ConnectAsync(scene.Server, "role=agent&scope=desk", null, [.. scene.Credentials("its agent", customer)]);
        await using var other = await RawSocket.ConnectAsync(scene.Server, "role=agent&scope=desk", null, [.. scene.Credentials("another agent", customer)]);
        await using var supervisor = await RawSocket.ConnectAsync(scene.Server, "role=agent&scope=desk", null, [.. scene.Credentials("supervisor", customer)]);

        Assert.Equal(id, Of(await desk.NextAsync("SESSION_READY")));
        foreach (var caller in new[] { "another agent", "supervisor" })
            Assert.Equal("forbidden", Code(await RawSocket.RefusedAsync(scene.Server, "role=agent&scope=desk&fingerprint=holder", null, [.. scene.Credentials(caller, customer)]), "data"));
        Assert.Equal("forbidden", Code(await RawSocket.RefusedAsync(scene.Server, "role=agent&scope=desk&fingerprint=holder", null, [.. scene.Credentials("its customer", customer)]), "data"));
        Assert.DoesNotContain(other.Seen.Concat(supervisor.Seen), e => e.Type is not null);
    }

    /// <summary>The customer says something, and the socket hears it as this entry of its log.</summary>
    private static async Task HearAsync(RunningServer server, RawSocket socket, string id, long sequence)
    {
        (await server.Rest.CustomerSendAsync(id, $"{id} {sequence}")).Must(201);
        var heard = await socket.NextAsync(e => e.Content == $"{id} {sequence}");
        Assert.Equal((id, sequence), (Of(heard), heard.Sequence));
    }

    private static string Of(SocketEvent e) => e.Payload.GetProperty("conversationId").GetString()!;

    private static string? Code(JsonElement answer, string of = "error") => answer.GetProperty(of).GetProperty("code").GetString();
}
