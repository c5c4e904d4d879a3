using LiveChat.Tests.Support;

namespace LiveChat.Tests.Rest;

public class HistoryTests
{
    [Fact]
    public async Task Pages_of_messages_lead_to_each_other_both_ways()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        for (var i = 1; i <= 7; i++)
            (await server.Rest.CustomerSendAsync(id, $"m{i}")).Must(201);
        var path = $"/api/customer/conversations/{id}/messages";

        var last = (await server.Rest.GetAsync($"{path}?limit=3")).Must(200);
        Assert.Equal(["m5", "m6", "m7"], Contents(last));
        Assert.Null(last.Link("next"));

        var middle = (await server.Rest.GetAsync(last.Link("prev")!)).Must(200);
        Assert.Equal(["m2", "m3", "m4"], Contents(middle));

        var first = (await server.Rest.GetAsync(middle.Link("prev")!)).Must(200);
        Assert.Equal(["m1"], Contents(first));
        Assert.Null(first.Link("prev"));

        var forward = (await server.Rest.GetAsync(first.Link("next")!)).Must(200);
        Assert.Equal(["m2", "m3", "m4"], Contents(forward));
        Assert.Equal(["m5", "m6", "m7"], Contents((await server.Rest.GetAsync(forward.Link("next")!)).Must(200)));
    }

    [Fact]
    public async Task A_range_between_two_sequences_is_read_forward_to_its_end()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        for (var i = 2; i <= 9; i++)
            (await server.Rest.CustomerSendAsync(id, $"s{i}")).Must(201);

        var page = (await server.Rest.GetAsync($"/api/customer/conversations/{id}/messages?after=3&before=7&limit=2")).Must(200);
        Assert.Equal(["s4", "s5"], Contents(page));
        page = (await server.Rest.GetAsync(page.Link("next")!)).Must(200);
        Assert.Equal(["s6"], Contents(page));
        Assert.Null(page.Link("next"));
    }

    [Theory]
    [InlineData("messages", "before=1", null, "2 3")]
    [InlineData("messages", "before=0", null, "2 3")]
    [InlineData("messages", "before=2", null, "2 3")]
    [InlineData("messages", "after=4", "3 4", null)]
    [InlineData("messages", "after=9223372036854775807", "3 4", null)]
    [InlineData("messages", "after=3&before=4", "2 3", null)]
    [InlineData("events", "before=1", null, "1 2")]
    [InlineData("events", "after=4", "3 4", null)]
    public async Task A_page_that_is_empty_leads_to_what_is_on_its_sides(string list, string query, string? before, string? after)
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        for (var i = 2; i <= 4; i++)
            (await server.Rest.CustomerSendAsync(id, $"m{i}")).Must(201);

        var page = (await server.Rest.GetAsync($"/api/customer/conversations/{id}/{list}?{query}&limit=2")).Must(200);

        Assert.Empty(page.Json.EnumerateArray());
        foreach (var (relation, expected) in new[] { ("prev", before), ("next", after) })
        {
            var beside = page.Link(relation) is { } link ? string.Join(' ', Sequences((await server.Rest.GetAsync(link)).Must(200))) : null;
            Assert.Equal(expected, beside);
        }
    }

    [Fact]
    public async Task All_fits_in_one_page_without_a_link()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.CustomerSendAsync(id, "only")).Must(201);

        var page = (await server.Rest.GetAsync($"/api/agent/conversations/{id}/messages")).Must(200);

        Assert.Equal(["only"], Contents(page));
        Assert.False(page.Headers.ContainsKey("Link"));
    }

    [Fact]
    public async Task The_log_holds_messages_and_lifecycle_in_one_numbering()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");
        (await server.Rest.CustomerSendAsync(id, "Hello")).Must(201);
        (await server.Rest.AcceptAsync(id)).Must(200);
        (await server.Rest.AgentSendAsync(id, "Hi")).Must(201);
        (await server.Rest.PostAsync($"/api/agent/conversations/{id}/close", new { reason = "resolved" })).Must(200);

        var events = await server.Rest.EventsAsync(id);

        Assert.Equal(Enumerable.Range(1, 6), events.Select(e => e.GetProperty("sequence").GetInt32()));
        Assert.Equal(
            ["CONVERSATION_QUEUED", "Hello", "CONVERSATION_ASSIGNED", "CONVERSATION_CONNECTED", "Hi", "CONVERSATION_CLOSED"],
            events.Select(e => e.GetProperty("event").GetString() == "chat:message"
                ? e.GetProperty("payload").GetProperty("message").GetProperty("content").GetString()
                : e.GetProperty("payload").GetProperty("type").GetString()));
        var closed = events[^1].GetProperty("payload");
        Assert.Equal("resolved", closed.GetProperty("reason").GetString());
        Assert.Equal("AGENT", closed.GetProperty("participant").GetProperty("type").GetString());
        Assert.Equal("CLOSED", closed.GetProperty("conversation").GetProperty("status").GetString());
        var assigned = events[2].GetProperty("payload");
        Assert.Equal("ASSIGNED", assigned.GetProperty("conversation").GetProperty("status").GetString());
        Assert.Equal(3, assigned.GetProperty("conversation").GetProperty("lastSequence").GetInt64());
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=501", "limit")]
    [InlineData("limit=ten", "limit")]
    [InlineData("after=-1", "after")]
    [InlineData("before=1.5", "before")]
    public async Task A_bad_range_is_named(string query, string field)
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");

        (await server.Rest.GetAsync($"/api/customer/conversations/{id}/messages?{query}")).MustFail(400, "validation", field);
        (await server.Rest.GetAsync($"/api/agent/conversations/{id}/events?{query}")).MustFail(400, "validation", field);
    }

    private static IEnumerable<long> Sequences(Answer page) =>
        page.Json.EnumerateArray().Select(entry => entry.GetProperty("sequence").GetInt64());

    private static IEnumerable<string?> Contents(Answer page) =>
        page.Json.EnumerateArray().Select(m => m.GetProperty("content").GetString());
}
