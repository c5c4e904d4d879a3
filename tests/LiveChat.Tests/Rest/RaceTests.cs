using LiveChat.Tests.Support;

namespace LiveChat.Tests.Rest;

/// <summary>Many callers at once: one conversation, one winner, one message.</summary>
public class RaceTests
{
    [Fact]
    public async Task Fifty_concurrent_starts_of_one_fingerprint_give_one_conversation()
    {
        await using var server = await RunningServer.StartAsync();

        var answers = await AtOnce(50, _ => server.Rest.PostAsync("/api/customer/sessions", new { fingerprint = "f" }));

        Assert.Single(answers.Select(a => a.Must(200).Text("conversationId")).Distinct());
        Assert.Single(answers, a => !a.Json.GetProperty("resumed").GetBoolean());
        Assert.Equal("1", (await server.Rest.GetAsync("/api/agent/queue")).Must(200).Headers["X-Total-Count"]);
    }

    [Fact]
    public async Task Of_twenty_agents_exactly_one_wins()
    {
        await using var server = await RunningServer.StartAsync();
        for (var round = 0; round < 5; round++)
        {
            var id = await server.Rest.StartAsync($"f{round}");

            var answers = await AtOnce(20, i => server.Rest.AcceptAsync(id, $"agent-{round}-{i}"));

            var won = Assert.Single(answers, a => a.Status == 200);
            Assert.All(answers.Where(a => a.Status != 200), a => a.MustFail(409, "conflict"));
            Assert.Equal(
                won.Json.GetProperty("agent").GetProperty("id").GetString(),
                (await server.Rest.GetAsync($"/api/agent/conversations/{id}")).Json.GetProperty("agent").GetProperty("id").GetString());
            Assert.Single(
                await server.Rest.EventsAsync(id),
                e => e.GetProperty("payload").GetProperty("type").GetString() == "CONVERSATION_ASSIGNED");
        }
    }

    [Fact]
    public async Task The_same_client_message_id_twenty_times_at_once_is_one_message()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");

        var answers = await AtOnce(20, _ => server.Rest.CustomerSendAsync(id, "Hello", "m-1"));

        Assert.Single(answers, a => a.Status == 201);
        Assert.Equal(19, answers.Count(a => a.Status == 200));
        Assert.Single(answers.Select(a => a.Text("id")).Distinct());
        Assert.Equal(2, (await server.Rest.EventsAsync(id)).Count);
    }

    [Fact]
    public async Task An_agent_that_accepts_ten_at_once_holds_no_more_than_its_limit()
    {
        await using var server = await RunningServer.StartAsync();
        var ids = await AtOnce(10, i => server.Rest.StartAsync($"f{i}"));

        var answers = await AtOnce(10, i => server.Rest.AcceptAsync(ids[i]));

        Assert.Equal(3, answers.Count(a => a.Status == 200));
        Assert.All(answers.Where(a => a.Status != 200), a => a.MustFail(422, "agent_at_capacity"));
        Assert.Equal("7", (await server.Rest.GetAsync("/api/agent/queue")).Must(200).Headers["X-Total-Count"]);
    }

    [Fact]
    public async Task Accept_against_close_leaves_a_legal_log()
    {
        await using var server = await RunningServer.StartAsync();
        for (var round = 0; round < 10; round++)
        {
            var id = await server.Rest.StartAsync($"f{round}");

            var answers = await AtOnce(2, i => i == 0
                ? server.Rest.AcceptAsync(id, $"agent-{round}")
                : server.Rest.PostAsync($"/api/customer/conversations/{id}/close"));

            answers[1].Must(200);
            Assert.True(answers[0].Status is 200 or 410, $"Accept answered {answers[0].Status}.");
            var types = (await server.Rest.EventsAsync(id)).Select(e => e.GetProperty("payload").GetProperty("type").GetString());
            Assert.Equal(
                answers[0].Status == 200
                    ? ["CONVERSATION_QUEUED", "CONVERSATION_ASSIGNED", "CONVERSATION_CLOSED"]
                    : new[] { "CONVERSATION_QUEUED", "CONVERSATION_CLOSED" },
                types);
        }
    }

    [Fact]
    public async Task A_hundred_concurrent_sends_are_all_there_without_a_gap()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.AcceptAsync(id)).Must(200);

        var answers = await AtOnce(100, i => i % 2 == 0
            ? server.Rest.CustomerSendAsync(id, $"c{i}")
            : server.Rest.AgentSendAsync(id, $"a{i}"));

        Assert.All(answers, a => a.Must(201));
        var events = await server.Rest.EventsAsync(id);
        Assert.Equal(Enumerable.Range(1, 103), events.Select(e => e.GetProperty("sequence").GetInt32()));
        Assert.Equal(
            answers.Select(a => a.Text("id")).Order(),
            events.Where(e => e.GetProperty("event").GetString() == "chat:message")
                .Select(e => e.GetProperty("payload").GetProperty("message").GetProperty("id").GetString()!).Order());
    }

    private static async Task<T[]> AtOnce<T>(int count, Func<int, Task<T>> call)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var calls = Enumerable.Range(0, count).Select(async i =>
        {
            await start.Task;
            return await call(i);
        }).ToArray();
        start.SetResult();
        return await Task.WhenAll(calls).Soon();
    }
}
