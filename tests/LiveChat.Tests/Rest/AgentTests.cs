using LiveChat.Tests.Support;

namespace LiveChat.Tests.Rest;

public class AgentTests
{
    [Fact]
    public async Task The_queue_is_listed_by_the_longest_wait()
    {
        await using var server = await RunningServer.StartAsync();
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
            ids.Add(await server.Rest.StartAsync($"f{i}"));

        var page = (await server.Rest.GetAsync("/api/agent/queue?page=1&size=2")).Must(200);

        Assert.Equal("5", page.Headers["X-Total-Count"]);
        Assert.Equal(ids[2..4], page.Json.EnumerateArray().Select(e => e.GetProperty("conversationId").GetString()));
        Assert.Equal([3, 4], page.Json.EnumerateArray().Select(e => e.GetProperty("position").GetInt32()));
        Assert.Equal(
            ["conversationId", "customerId", "customerName", "customerPhone", "channel", "enqueuedAt", "position"],
            page.Json[0].EnumerateObject().Select(p => p.Name));
    }

    [Theory]
    [InlineData("messages")]
    [InlineData("close")]
    public async Task An_agent_that_the_body_names_must_be_the_conversations_own(string call)
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.AcceptAsync(id, "agent-123")).Must(200);

        var path = $"/api/agent/conversations/{id}/{call}";
        (await server.Rest.PostAsync(path, new { agentId = "intruder", content = "x" }, ("X-Agent-Id", "agent-123"))).MustFail(403, "forbidden");
        Assert.True((await server.Rest.PostAsync(path, new { agentId = "agent-123", content = "x" }, ("X-Agent-Id", "intruder"))).Status is 200 or 201);
    }

    [Theory]
    [InlineData("page=-1")]
    [InlineData("size=0")]
    [InlineData("size=101")]
    [InlineData("page=x")]
    public async Task A_bad_page_is_refused(string query)
    {
        await using var server = await RunningServer.StartAsync();

        (await server.Rest.GetAsync($"/api/agent/queue?{query}")).MustFail(400, "validation", query.Split('=')[0]);
        (await server.Rest.GetAsync($"/api/agent/conversations?{query}")).MustFail(400, "validation", query.Split('=')[0]);
    }

    [Fact]
    public async Task A_session_shows_what_the_agent_holds_and_who_waits()
    {
        await using var server = await RunningServer.StartAsync();
        var held = await server.Rest.StartAsync("held");
        await server.Rest.StartAsync("waiting");
        (await server.Rest.AcceptAsync(held)).Must(200);

        var session = (await server.Rest.PostAsync(
            "/api/agent/sessions",
            new { agentId = "agent-123", displayName = "Ashik", channel = "web" })).Must(200);

        Assert.Equal("""{"id":"agent-123","displayName":"Ashik"}""", session.Json.GetProperty("agent").GetRawText());
        Assert.Equal(3, session.Json.GetProperty("maxConcurrent").GetInt32());
        Assert.Equal(held, session.Json.GetProperty("conversations")[0].GetProperty("id").GetString());
        Assert.Equal("waiting", session.Json.GetProperty("queue")[0].GetProperty("customerId").GetString());
        Assert.Equal(1, session.Json.GetProperty("queueSize").GetInt32());
    }

    [Fact]
    public async Task Accepting_gives_the_conversation_and_another_agent_gets_409()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");

        var accepted = (await server.Rest.AcceptAsync(id)).Must(200);
        Assert.Equal("ASSIGNED", accepted.Text("status"));
        Assert.Equal("Ashik", accepted.Json.GetProperty("agent").GetProperty("displayName").GetString());

        var again = (await server.Rest.AcceptAsync(id)).Must(200);
        Assert.Equal(accepted.Json.GetRawText(), again.Json.GetRawText());

        var late = (await server.Rest.AcceptAsync(id, "agent-2")).MustFail(409, "conflict");
        Assert.Equal("Conversation is no longer available to accept.", late.Text("message"));

        (await server.Rest.PostAsync($"/api/agent/conversations/{id}/close")).Must(200);
        (await server.Rest.AcceptAsync(id, "agent-2")).MustFail(410, "gone");
    }

    [Fact]
    public async Task An_agent_holds_no_more_than_the_limit_and_conflict_comes_before_capacity()
    {
        await using var server = await RunningServer.StartAsync("Chat:Queue:MaxConcurrentByAgent=1");
        var (first, second) = (await server.Rest.StartAsync("f1"), await server.Rest.StartAsync("f2"));
        (await server.Rest.AcceptAsync(first)).Must(200);

        (await server.Rest.AcceptAsync(second)).MustFail(422, "agent_at_capacity");
        (await server.Rest.AcceptAsync(first)).Must(200);
        (await server.Rest.AcceptAsync(second, "agent-2")).Must(200);
        (await server.Rest.AcceptAsync(second)).MustFail(409, "conflict");

        (await server.Rest.PostAsync($"/api/agent/conversations/{first}/close")).Must(200);
        var third = await server.Rest.StartAsync("f3");
        (await server.Rest.AcceptAsync(third)).Must(200);
    }

    [Fact]
    public async Task The_first_message_connects_the_conversation()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.AcceptAsync(id)).Must(200);

        var message = (await server.Rest.AgentSendAsync(id, "How can I help?")).Must(201);

        Assert.Equal("""{"id":"agent-123","type":"AGENT","displayName":"Ashik"}""", message.Json.GetProperty("sender").GetRawText());
        Assert.Equal("CONNECTED", (await server.Rest.GetAsync($"/api/agent/conversations/{id}")).Must(200).Text("status"));
    }

    [Theory]
    [InlineData("header")]
    [InlineData("query")]
    public async Task An_agent_that_is_named_and_is_not_the_conversations_own_is_403(string place)
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.AcceptAsync(id)).Must(200);
        var query = place == "query" ? "?agentId=agent-2" : "";
        (string, string)[] headers = place == "header" ? [("X-Agent-Id", "agent-2")] : [];

        (await server.Rest.PostAsync($"/api/agent/conversations/{id}/messages{query}", new { content = "x" }, headers)).MustFail(403, "forbidden");
        (await server.Rest.PostAsync($"/api/agent/conversations/{id}/close{query}", null, headers)).MustFail(403, "forbidden");
        (await server.Rest.GetAsync($"/api/agent/conversations/{id}{query}", headers)).MustFail(403, "forbidden");
        (await server.Rest.GetAsync($"/api/agent/conversations/{id}/messages{query}", headers)).MustFail(403, "forbidden");
        (await server.Rest.GetAsync($"/api/agent/conversations/{id}/events{query}", headers)).MustFail(403, "forbidden");
    }

    [Fact]
    public async Task Nobody_speaks_for_a_conversation_that_no_agent_holds()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");

        (await server.Rest.AgentSendAsync(id, "x")).MustFail(422, "not_accepted");
        (await server.Rest.GetAsync($"/api/agent/conversations/{id}")).Must(200);
    }

    [Fact]
    public async Task Conversations_are_listed_by_newest_activity_and_filtered()
    {
        await using var server = await RunningServer.StartAsync();
        var (a, b, c) = (await server.Rest.StartAsync("a"), await server.Rest.StartAsync("b"), await server.Rest.StartAsync("c"));
        (await server.Rest.AcceptAsync(a, "one")).Must(200);
        (await server.Rest.AcceptAsync(b, "one")).Must(200);
        (await server.Rest.AcceptAsync(c, "two")).Must(200);
        await server.Rest.StartAsync("waits");
        (await server.Rest.AgentSendAsync(a, "newest")).Must(201);
        (await server.Rest.PostAsync($"/api/agent/conversations/{b}/close")).Must(200);

        Assert.Equal([a], await IdsAsync("?status=ASSIGNED,CONNECTED", "one"));
        Assert.Equal([a], await IdsAsync("?status=ASSIGNED&status=CONNECTED", "one"));
        Assert.Equal([b, a], await IdsAsync("", "one"));
        Assert.Equal([b], await IdsAsync("?status=closed", null));
        Assert.Equal(4, (await IdsAsync("", null)).Length);
        Assert.Equal([c], await IdsAsync("?agentId=two", null));
        var page = (await server.Rest.GetAsync("/api/agent/conversations?size=1&page=1", ("X-Agent-Id", "one"))).Must(200);
        Assert.Equal("2", page.Headers["X-Total-Count"]);
        Assert.Equal(a, page.Json[0].GetProperty("id").GetString());
        (await server.Rest.GetAsync("/api/agent/conversations?status=OPEN")).MustFail(400, "validation", "status");

        async Task<string?[]> IdsAsync(string query, string? agent)
        {
            (string, string)[] headers = agent is null ? [] : [("X-Agent-Id", agent)];
            var answer = (await server.Rest.GetAsync($"/api/agent/conversations{query}", headers)).Must(200);
            return [.. answer.Json.EnumerateArray().Select(c => c.GetProperty("id").GetString())];
        }
    }
}
