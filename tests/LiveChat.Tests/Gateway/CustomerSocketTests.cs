using LiveChat.Tests.Support;

namespace LiveChat.Tests.Gateway;

public class CustomerSocketTests
{
    [Fact]
    public async Task A_customer_with_a_conversation_is_told_what_it_stands_at_and_then_all_that_follows()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.CustomerSendAsync(id, "before")).Must(201);

        await using var socket = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");

        var ready = await socket.NextAsync("system:event");
        Assert.Equal(("SESSION_READY", "QUEUED", 2L), (ready.Type, ready.Status, ready.Sequence));
        Assert.Equal(
            ["type", "conversationId", "status", "sequence", "timestamp", "conversation", "participant", "queue", "reason"],
            ready.Payload.EnumerateObject().Select(p => p.Name));
        Assert.Equal(1, ready.Payload.GetProperty("queue").GetProperty("position").GetInt32());
        Assert.Equal("f", ready.Payload.GetProperty("participant").GetProperty("id").GetString());

        var answer = (await server.Rest.CustomerSendAsync(id, "after")).Must(201);
        var message = await socket.NextAsync("chat:message");
        Assert.Equal(answer.Json.GetRawText(), message.Payload.GetProperty("message").GetRawText());
        Assert.Equal(id, message.Payload.GetProperty("conversationId").GetString());

        (await server.Rest.AcceptAsync(id)).Must(200);
        (await server.Rest.PostAsync($"/api/agent/conversations/{id}/close", new { reason = "resolved" })).Must(200);
        var closed = await socket.NextAsync("CONVERSATION_CLOSED");
        Assert.Equal("resolved", closed.Payload.GetProperty("reason").GetString());
        Assert.Equal([3, 4, 5], socket.Sequences);
    }

    [Fact]
    public async Task A_visitor_follows_whatever_conversation_it_has_now_or_later()
    {
        await using var server = await RunningServer.StartAsync();
        await using var socket = await RawSocket.ConnectAsync(server, "role=customer&fingerprint=f");

        var first = await server.Rest.StartAsync("f");
        var ready = await socket.NextAsync("SESSION_READY");
        Assert.Equal(first, ready.Payload.GetProperty("conversationId").GetString());
        (await server.Rest.CustomerSendAsync(first, "one")).Must(201);
        await socket.NextAsync(e => e.Content == "one");
        (await server.Rest.PostAsync($"/api/customer/conversations/{first}/close")).Must(200);
        await socket.NextAsync("CONVERSATION_CLOSED");

        var second = await server.Rest.StartAsync("f");
        ready = await socket.NextAsync("SESSION_READY");
        Assert.Equal(second, ready.Payload.GetProperty("conversationId").GetString());
        (await server.Rest.CustomerSendAsync(second, "two")).Must(201);
        await socket.NextAsync(e => e.Content == "two");

        await using var late = await RawSocket.ConnectAsync(server, "role=customer&fingerprint=f");
        ready = await late.NextAsync("SESSION_READY");
        Assert.Equal((second, 2L), (ready.Payload.GetProperty("conversationId").GetString(), ready.Sequence));
    }

    [Fact]
    public async Task A_client_that_says_what_it_has_seen_gets_what_it_missed_first()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        for (var i = 2; i <= 450; i++)
            (await server.Rest.CustomerSendAsync(id, $"m{i}")).Must(201);

        await using var socket = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}&after=3");
        var ready = await socket.NextAsync("SESSION_READY");
        Assert.Equal(450, ready.Sequence);
        await socket.NextAsync(e => e.Sequence == 450);
        (await server.Rest.CustomerSendAsync(id, "live")).Must(201);
        await socket.NextAsync(e => e.Content == "live");

        Assert.Equal(Enumerable.Range(4, 448).Select(i => (long)i), socket.Sequences);
    }

    [Fact]
    public async Task A_replay_is_the_same_as_what_the_sockets_and_the_log_carried()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        await using var live = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={id}");
        await live.NextAsync("SESSION_READY");
        (await server.Rest.CustomerSendAsync(id, "Hello")).Must(201);
        (await server.Rest.AcceptAsync(id)).Must(200);
        (await server.Rest.AgentSendAsync(id, "Hi")).Must(201);
        (await server.Rest.PostAsync($"/api/customer/conversations/{id}/close")).Must(200);
        await live.NextAsync("CONVERSATION_CLOSED");

        await using var replay = await RawSocket.ConnectAsync(server, $"role=agent&conversationId={id}", new { after = 1 });
        var ready = await replay.NextAsync("SESSION_READY");
        Assert.Equal("CLOSED", ready.Status);
        await replay.NextAsync("CONVERSATION_CLOSED");

        var expected = (await server.Rest.EventsAsync(id)).Skip(1)
            .Select(e => (e.GetProperty("event").GetString()!, e.GetProperty("payload").GetRawText())).ToList();
        Assert.Equal(expected, Entries(live));
        Assert.Equal(expected, Entries(replay));

        static IEnumerable<(string, string)> Entries(RawSocket socket) => socket.Seen
            .Where(e => e.Sequence is not null && e.Type != "SESSION_READY")
            .Select(e => (e.Name, e.Payload.GetRawText()));
    }

    [Fact]
    public async Task A_waiting_customer_is_told_when_its_place_changes()
    {
        await using var server = await RunningServer.StartAsync("Chat:Queue:BroadcastInterval=00:00:00.010");
        var first = await server.Rest.StartAsync("f1");
        var second = await server.Rest.StartAsync("f2");
        await using var socket = await RawSocket.ConnectAsync(server, $"role=customer&conversationId={second}");
        var ready = await socket.NextAsync("SESSION_READY");
        Assert.Equal(2, ready.Payload.GetProperty("queue").GetProperty("position").GetInt32());

        (await server.Rest.AcceptAsync(first)).Must(200);

        var moved = await socket.NextAsync("QUEUE_POSITION");
        Assert.Equal(1, moved.Payload.GetProperty("queue").GetProperty("position").GetInt32());
        Assert.True(moved.Payload.GetProperty("queue").GetProperty("estimatedWaitSeconds").GetInt32() >= 0);
        Assert.Null(moved.Sequence);
    }
}
