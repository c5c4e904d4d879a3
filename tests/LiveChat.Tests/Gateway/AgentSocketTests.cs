using System.Text.Json;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Gateway;

public class AgentSocketTests
{
    [Fact]
    public async Task The_queue_is_shown_at_once_and_after_every_change()
    {
        await using var server = await RunningServer.StartAsync();
        var first = await server.Rest.StartAsync("f1");
        await using var socket = await RawSocket.ConnectAsync(server, "role=agent&scope=queue&fingerprint=agent-123");
        Assert.Equal([first], Ids(await socket.NextAsync("queue:snapshot")));

        var second = await server.Rest.StartAsync("f2");
        await socket.NextAsync(e => Ids(e).SequenceEqual([first, second]));
        (await server.Rest.AcceptAsync(first)).Must(200);
        await socket.NextAsync(e => Ids(e).SequenceEqual([second]));
        (await server.Rest.PostAsync($"/api/customer/conversations/{second}/close")).Must(200);
        var empty = await socket.NextAsync(e => e.Name == "queue:snapshot" && Ids(e).Length == 0);
        Assert.Equal(JsonValueKind.Array, empty.Payload.ValueKind);
    }

    [Fact]
    public async Task After_a_burst_the_last_snapshot_is_the_newest_state()
    {
        await using var server = await RunningServer.StartAsync();
        await using var socket = await RawSocket.ConnectAsync(server, "role=agent&scope=queue");

        (await server.Rest.PostAsync("/api/admin/seed", new { count = 250 })).Must(201);
        var last = await server.Rest.StartAsync("last");
        foreach (var entry in (await server.Rest.GetAsync("/api/agent/queue?size=100")).Json.EnumerateArray().ToArray())
            (await server.Rest.PostAsync($"/api/customer/conversations/{entry.GetProperty("conversationId").GetString()}/close")).Must(200);

        var expected = (await server.Rest.GetAsync("/api/agent/queue?size=100")).Json.GetRawText();
        await socket.NextAsync(e => e.Name == "queue:snapshot" && e.Payload.GetRawText() == expected);
        Assert.DoesNotContain(last, expected, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Opening_the_conversation_connects_it()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        await using var customer = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");
        await customer.NextAsync("SESSION_READY");
        (await server.Rest.AcceptAsync(id)).Must(200);
        await customer.NextAsync("CONVERSATION_ASSIGNED");

        await using var agent = await RawSocket.ConnectAsync(server, $"role=agent&conversationId={id}");

        var connected = await customer.NextAsync("CONVERSATION_CONNECTED");
        Assert.Equal("agent-123", connected.Payload.GetProperty("participant").GetProperty("id").GetString());
        Assert.Equal("CONNECTED", (await agent.NextAsync("SESSION_READY")).Status);
        await using var again = await RawSocket.ConnectAsync(server, $"role=agent&conversationId={id}&fingerprint=agent-123");
        Assert.Equal(3, (await again.NextAsync("SESSION_READY")).Sequence);
    }

    [Fact]
    public async Task One_connection_may_have_the_queue_and_a_conversation()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.AcceptAsync(id)).Must(200);

        await using var socket = await RawSocket.ConnectAsync(server, $"role=agent&scope=queue&conversationId={id}");

        await socket.NextAsync("SESSION_READY");
        await socket.NextAsync("queue:snapshot");
        (await server.Rest.CustomerSendAsync(id, "Hello")).Must(201);
        await socket.NextAsync(e => e.Content == "Hello");
    }

    [Fact]
    public async Task Events_are_the_same_calls_as_REST_with_the_answer_in_the_acknowledgement()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.AcceptAsync(id)).Must(200);
        await using var agent = await RawSocket.ConnectAsync(server, $"role=agent&conversationId={id}");
        await agent.NextAsync("SESSION_READY");
        await using var customer = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");
        await customer.NextAsync("SESSION_READY");

        var sent = (await agent.AskAsync("chat:send", new { content = "Hi", metadata = new { a = 1 }, clientMessageId = "k" })).GetProperty("message");
        Assert.Equal("AGENT", sent.GetProperty("sender").GetProperty("type").GetString());
        var again = (await agent.AskAsync("chat:send", new { content = "Hi", clientMessageId = "k" })).GetProperty("message");
        Assert.Equal(sent.GetProperty("id").GetString(), again.GetProperty("id").GetString());
        Assert.Equal(sent.GetRawText(), (await customer.NextAsync("chat:message")).Payload.GetProperty("message").GetRawText());
        Assert.Equal(sent.GetRawText(), (await agent.NextAsync("chat:message")).Payload.GetProperty("message").GetRawText());

        var closed = (await customer.AskAsync("conversation:close", new { reason = "bye" })).GetProperty("conversation");
        Assert.Equal("CLOSED", closed.GetProperty("status").GetString());
        Assert.Equal("CUSTOMER", closed.GetProperty("closedBy").GetString());
        Assert.Equal(closed.GetRawText(), (await agent.AskAsync("conversation:close")).GetProperty("conversation").GetRawText());
    }

    [Fact]
    public async Task Only_what_was_sent_once_is_delivered_once()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        await using var socket = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");
        await socket.NextAsync("SESSION_READY");

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => i % 2 == 0
            ? server.Rest.CustomerSendAsync(id, "same", "k")
            : (Task)socket.AskAsync("chat:send", new { content = "same", clientMessageId = "k" }))).Soon();
        await socket.AskAsync("chat:send", new { content = "end" });
        await socket.NextAsync(e => e.Content == "end");

        Assert.Equal([2, 3], socket.Sequences);
    }

    [Fact]
    public async Task A_hundred_concurrent_sends_reach_both_parties_in_one_order_without_a_gap()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.AcceptAsync(id)).Must(200);
        await using var agent = await RawSocket.ConnectAsync(server, $"role=agent&conversationId={id}&after=0");
        await using var customer = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}&after=0");

        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => (i % 4) switch
        {
            0 => server.Rest.CustomerSendAsync(id, $"m{i}"),
            1 => server.Rest.AgentSendAsync(id, $"m{i}"),
            2 => agent.AskAsync("chat:send", new { content = $"m{i}" }),
            _ => (Task)customer.AskAsync("chat:send", new { content = $"m{i}" }),
        })).Soon();

        foreach (var socket in new[] { agent, customer })
        {
            await socket.NextAsync(e => e.Sequence == 103);
            Assert.Equal(Enumerable.Range(1, 103).Select(i => (long)i), socket.Sequences);
        }

        Assert.Equal(
            agent.Seen.Where(e => e.Content is not null).Select(e => e.Content),
            customer.Seen.Where(e => e.Content is not null).Select(e => e.Content));
    }

    private static string[] Ids(SocketEvent snapshot) => snapshot.Name == "queue:snapshot"
        ? [.. snapshot.Payload.EnumerateArray().Select(e => e.GetProperty("conversationId").GetString()!)]
        : [];
}
