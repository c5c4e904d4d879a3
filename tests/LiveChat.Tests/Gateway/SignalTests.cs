using System.Text.Json;
using LiveChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace LiveChat.Tests.Gateway;

/// <summary>What passes between those in a conversation: who writes, and how far each has read.</summary>
public class SignalTests
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(6);

    [Fact]
    public async Task Reading_is_told_to_the_others_and_only_when_it_moves()
    {
        await using var talk = await Talk.StartAsync();

        Assert.Equal("{}", (await talk.Customer.AskAsync("chat:read", new { sequence = 2 })).GetRawText());
        (await talk.Server.Rest.PostAsync($"/api/customer/conversations/{talk.Id}/read", new { sequence = 2 })).Must(204);
        await talk.Customer.AskAsync("chat:read", new { sequence = 1 });
        await talk.Customer.AskAsync("chat:read", new { sequence = 99 });
        (await talk.Server.Rest.PostAsync($"/api/agent/conversations/{talk.Id}/read", new { sequence = 1 })).Must(204);
        await talk.EndAsync();

        Assert.Equal([("f", 2), ("f", 4)], Reads(talk.Agent));
        Assert.Equal([("f", 2), ("f", 4)], Reads(talk.SecondAgent));
        Assert.Equal([("agent-123", 1)], Reads(talk.Customer));
        Assert.Equal([("agent-123", 1)], Reads(talk.SecondCustomer));
        var told = talk.Agent.Seen.First(e => e.Name == "chat:read").Payload;
        Assert.Equal("CUSTOMER", told.GetProperty("participant").GetProperty("type").GetString());
        Assert.Equal("Jane Doe", told.GetProperty("participant").GetProperty("displayName").GetString());
        Assert.Equal(talk.Id, told.GetProperty("conversationId").GetString());
    }

    [Fact]
    public async Task A_supervisor_hears_both_sides_and_is_neither()
    {
        await using var scene = await TrustScene.StartAsync();
        var (id, name) = await scene.ConversationAsync(isHeld: true);
        await using var customer = await ConnectAsync("its customer", "customer");
        await using var agent = await ConnectAsync("its agent", "agent");
        await using var listener = await ConnectAsync("supervisor", "agent");

        await customer.AskAsync("chat:typing", new { typing = true });
        await agent.AskAsync("chat:typing", new { typing = true });
        await customer.AskAsync("chat:read", new { sequence = 1 });
        await agent.AskAsync("chat:read", new { sequence = 1 });
        Assert.Equal("forbidden", (await listener.AskAsync("chat:typing", new { typing = true })).GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("forbidden", (await listener.AskAsync("chat:read", new { sequence = 1 })).GetProperty("error").GetProperty("code").GetString());
        await agent.AskAsync("chat:send", new { content = "end" });
        foreach (var socket in new[] { customer, agent, listener })
            await socket.NextAsync(e => e.Content == "end");

        Assert.Equal(["CUSTOMER", "AGENT", "CUSTOMER", "AGENT"], listener.Seen.Where(e => e.Name is "chat:typing" or "chat:read").Select(Side).Take(4));
        Assert.All(customer.Seen.Where(e => e.Name is "chat:typing" or "chat:read"), e => Assert.Equal("AGENT", Side(e)));
        Assert.All(agent.Seen.Where(e => e.Name is "chat:typing" or "chat:read"), e => Assert.Equal("CUSTOMER", Side(e)));

        async Task<RawSocket> ConnectAsync(string caller, string role)
        {
            var socket = await RawSocket.ConnectAsync(scene.Server, $"role={role}&conversationId={id}", null, [.. scene.Credentials(caller, name)]);
            await socket.NextAsync("SESSION_READY");

            // Told that it is ready, and then a member: what it hears says so.
            var word = $"{caller} is there";
            await scene.Server.Rest.PostAsync($"/api/customer/conversations/{id}/messages", new { content = word }, [.. scene.Credentials("its customer", name)]);
            await socket.NextAsync(e => e.Content == word);
            return socket;
        }

        static string Side(SocketEvent e) => e.Payload.GetProperty("participant").GetProperty("type").GetString()!;
    }

    [Fact]
    public async Task Typing_is_passed_on_when_it_changes_and_else_at_most_once_a_second()
    {
        await using var talk = await Talk.StartAsync();

        Assert.Equal("{}", (await TypeAsync(true)).GetRawText());
        await TypeAsync(true);
        talk.Clock.Advance(TimeSpan.FromMilliseconds(999));
        await TypeAsync(true);
        talk.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await TypeAsync(true);
        await TypeAsync(false);
        await TypeAsync(false);
        await TypeAsync(true);
        await talk.EndAsync();

        Assert.Equal([0, 1_000, null, 1_000, null], Typing(talk.Agent, talk.Began));
        Assert.Equal([0, 1_000, null, 1_000, null], Typing(talk.SecondAgent, talk.Began));
        Assert.Empty(Typing(talk.Customer, talk.Began));
        Assert.Empty(Typing(talk.SecondCustomer, talk.Began));

        Task<JsonElement> TypeAsync(bool typing) => talk.Customer.AskAsync("chat:typing", new { typing, conversationId = talk.Id });
    }

    [Fact]
    public async Task Typing_ends_by_itself_after_six_seconds()
    {
        await using var talk = await Talk.StartAsync();
        await talk.Agent.AskAsync("chat:typing", new { typing = true });
        Assert.Equal(talk.Began + Lifetime, (await talk.Customer.NextAsync("chat:typing")).Payload.GetProperty("expiresAt").GetDateTimeOffset());

        talk.Clock.Advance(Lifetime - TimeSpan.FromSeconds(1));
        await talk.Agent.AskAsync("chat:typing", new { typing = true });
        await talk.Customer.NextAsync("chat:typing");
        talk.Clock.Advance(Lifetime - TimeSpan.FromMilliseconds(1));
        talk.Clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.False((await talk.Customer.NextAsync("chat:typing")).Payload.GetProperty("typing").GetBoolean());
        await talk.EndAsync();
        Assert.Equal([0, 5_000, null], Typing(talk.Customer, talk.Began));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Typing_ends_with_the_message_and_what_is_typed_after_it_is_news(bool overRest)
    {
        await using var talk = await Talk.StartAsync();
        await talk.Customer.AskAsync("chat:typing", new { typing = true });
        await talk.Agent.NextAsync("chat:typing");

        if (overRest)
            (await talk.Server.Rest.CustomerSendAsync(talk.Id, "said")).Must(201);
        else
            await talk.Customer.AskAsync("chat:send", new { content = "said" });
        await talk.Customer.AskAsync("chat:typing", new { typing = true });
        await talk.EndAsync();

        Assert.Equal(
            ["True", "said", "False", "True", "end", "False"],
            talk.Agent.Seen.Where(e => e.Content is not (null or "there")).Concat(talk.Agent.Seen.Where(e => e.Name == "chat:typing"))
                .OrderBy(e => talk.Agent.Seen.ToList().IndexOf(e)).Select(e => e.Content ?? $"{e.Payload.GetProperty("typing").GetBoolean()}"));
    }

    [Fact]
    public async Task Typing_ends_with_its_socket_and_goes_on_while_another_of_the_side_types()
    {
        await using var talk = await Talk.StartAsync();
        await talk.Customer.AskAsync("chat:typing", new { typing = true });
        await talk.SecondCustomer.AskAsync("chat:typing", new { typing = true });
        await talk.Agent.NextAsync("chat:typing");
        await talk.Agent.NextAsync("chat:typing");

        await talk.SecondCustomer.AskAsync("chat:typing", new { typing = false });
        talk.Customer.Abort();

        Assert.False((await talk.Agent.NextAsync("chat:typing")).Payload.GetProperty("typing").GetBoolean());
        Assert.Equal([0, 0, null], Typing(talk.Agent, talk.Began));
    }

    [Fact]
    public async Task An_end_that_was_lost_is_shown_when_it_was_to_come_at_the_latest()
    {
        await using var talk = await Talk.StartAsync();
        var bus = talk.Server.Services.GetRequiredService<IEventBus>();
        var (customer, now) = (new Participant("f", ParticipantType.Customer, null), talk.Clock.GetUtcNow());

        // From another server, whose clock says something else.
        bus.Publish(new TypingChange(Guid.Parse(talk.Id), customer, IsTyping: true, now.AddHours(3), now.AddHours(3) + Lifetime, "elsewhere"));
        await talk.Agent.NextAsync("chat:typing");
        talk.Clock.Advance(Lifetime);
        Assert.False((await talk.Agent.NextAsync("chat:typing")).Payload.GetProperty("typing").GetBoolean());

        bus.Publish(new TypingChange(Guid.Parse(talk.Id), customer with { Id = "another" }, IsTyping: true, now, now + Lifetime, "elsewhere"));
        bus.Publish(new ReadChange(Guid.Parse(talk.Id), customer, 2, now));
        bus.Publish(new ReadChange(Guid.Parse(talk.Id), customer, 1, now));
        await talk.EndAsync();
        Assert.Equal(2, Typing(talk.Agent, talk.Began).Length);
        Assert.Equal([("f", 2)], Reads(talk.Agent));
    }

    [Fact]
    public async Task A_customer_types_while_it_waits_and_nobody_does_when_it_is_over()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        await using var customer = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");
        await using var queue = await RawSocket.ConnectAsync(server, "role=agent&scope=queue&fingerprint=agent-123");
        Assert.Equal("{}", (await customer.AskAsync("chat:typing", new { typing = true })).GetRawText());
        Assert.Equal("not_accepted", Code(await queue.AskAsync("chat:typing", new { typing = true, conversationId = id })));

        (await server.Rest.PostAsync($"/api/customer/conversations/{id}/close")).Must(200);

        Assert.Equal("gone", Code(await customer.AskAsync("chat:typing", new { typing = true })));
        Assert.Equal("gone", Code(await queue.AskAsync("chat:typing", new { typing = true, conversationId = id })));
        Assert.Equal("{}", (await customer.AskAsync("chat:read", new { sequence = 2 })).GetRawText());
        foreach (var wrong in new object[] { new { }, new { typing = "yes" }, new { typing = (bool?)null } })
            Assert.Equal("validation", Code(await customer.AskAsync("chat:typing", wrong)));

        static string? Code(JsonElement ack) => ack.GetProperty("error").GetProperty("code").GetString();
    }

    private static (string?, long)[] Reads(RawSocket socket) =>
        [.. socket.Seen.Where(e => e.Name == "chat:read").Select(e => (e.Payload.GetProperty("participant").GetProperty("id").GetString(), e.Payload.GetProperty("sequence").GetInt64()))];

    /// <summary>What the socket was told: when it was so, in milliseconds since the beginning, and null for an end.</summary>
    private static double?[] Typing(RawSocket socket, DateTimeOffset began) =>
    [
        .. socket.Seen.Where(e => e.Name == "chat:typing").Select(e => e.Payload.GetProperty("typing").GetBoolean()
            ? (e.Payload.GetProperty("expiresAt").GetDateTimeOffset() - Lifetime - began).TotalMilliseconds
            : Ended(e.Payload)),
    ];

    private static double? Ended(JsonElement payload)
    {
        Assert.Equal(JsonValueKind.Null, payload.GetProperty("expiresAt").ValueKind);
        return null;
    }

    /// <summary>A conversation of two, with two sockets each, all of them members.</summary>
    private sealed class Talk : IAsyncDisposable
    {
        public required RunningServer Server { get; init; }

        public required FakeTimeProvider Clock { get; init; }

        public required DateTimeOffset Began { get; init; }

        public required string Id { get; init; }

        public required RawSocket[] Sockets { get; init; }

        public RawSocket Customer => Sockets[0];

        public RawSocket SecondCustomer => Sockets[1];

        public RawSocket Agent => Sockets[2];

        public RawSocket SecondAgent => Sockets[3];

        public static async Task<Talk> StartAsync()
        {
            var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 12, 0, 0, TimeSpan.Zero));
            var server = await RunningServer.StartAsync(services => services.AddSingleton<TimeProvider>(clock));
            var id = await server.Rest.StartAsync("f");
            (await server.Rest.AcceptAsync(id)).Must(200);
            var sockets = new List<RawSocket>();
            foreach (var query in new[] { "role=customer", "role=customer", "role=agent&fingerprint=agent-123", "role=agent" })
            {
                sockets.Add(await RawSocket.ConnectAsync(server, $"{query}&conversationId={id}"));
                await sockets[^1].NextAsync("SESSION_READY");
            }

            // Told that they are ready before they are members: what they hear says that they are.
            var before = (await server.Rest.CustomerSendAsync(id, "there")).Must(201);
            foreach (var socket in sockets)
                await socket.NextAsync(e => e.Content == "there");
            Assert.Equal(4, before.Json.GetProperty("sequence").GetInt64());
            return new Talk { Server = server, Clock = clock, Began = clock.GetUtcNow(), Id = id, Sockets = [.. sockets] };
        }

        /// <summary>Everything that was told before this is there when it is done.</summary>
        public async Task EndAsync()
        {
            (await Server.Rest.CustomerSendAsync(Id, "end")).Must(201);
            (await Server.Rest.PostAsync($"/api/customer/conversations/{Id}/close")).Must(200);
            foreach (var socket in Sockets)
                await socket.NextAsync("CONVERSATION_CLOSED");
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var socket in Sockets)
                await socket.DisposeAsync();
            await Server.DisposeAsync();
        }
    }
}
