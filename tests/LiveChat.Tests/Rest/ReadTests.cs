using LiveChat.Tests.Support;

namespace LiveChat.Tests.Rest;

/// <summary>How far each side has read, over REST, and what an agent's lists make of it.</summary>
public class ReadTests
{
    [Fact]
    public async Task Each_side_says_how_far_it_has_read_and_every_conversation_body_shows_it()
    {
        await using var server = await RunningServer.StartAsync();
        var rest = server.Rest;
        var id = await rest.StartAsync("f");
        (await ReadAsync("agent", 1)).MustFail(422, "not_accepted");
        (await rest.AcceptAsync(id)).Must(200);
        Assert.Equal((0, 0), await ShownAsync());

        Assert.Equal(204, (await ReadAsync("customer", 2)).Status);
        Assert.Equal(204, (await ReadAsync("agent", 99)).Status);
        Assert.Equal((2, 2), await ShownAsync());
        Assert.Equal(204, (await ReadAsync("agent", 0)).Status);
        Assert.Equal((2, 2), await ShownAsync());
        (await rest.PostAsync($"/api/agent/conversations/{id}/read", new { sequence = 1, agentId = "another" })).MustFail(403, "forbidden");

        // What is over can still be read.
        (await rest.PostAsync($"/api/customer/conversations/{id}/close")).Must(200);
        (await ReadAsync("agent", 3)).Must(204);
        (await ReadAsync("customer", 3)).Must(204);
        Assert.Equal((3, 3), await ShownAsync());
        var events = await rest.EventsAsync(id);
        Assert.Equal(3, events.Count);
        Assert.Equal(2, events[2].GetProperty("payload").GetProperty("conversation").GetProperty("read").GetProperty("agent").GetInt64());

        Task<Answer> ReadAsync(string side, long sequence) => rest.PostAsync($"/api/{side}/conversations/{id}/read", new { sequence });

        async Task<(long, long)> ShownAsync()
        {
            var read = (await rest.GetAsync($"/api/customer/conversations/{id}")).Must(200).Json.GetProperty("read");
            return (read.GetProperty("customer").GetInt64(), read.GetProperty("agent").GetInt64());
        }
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"sequence":null}""")]
    [InlineData("""{"sequence":-1}""")]
    [InlineData("""{"sequence":1.5}""")]
    [InlineData("""{"sequence":"1"}""")]
    [InlineData("""{"sequence":1e400}""")]
    public async Task What_is_no_whole_number_is_refused_by_name(string body)
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");

        (await server.Rest.PostRawAsync($"/api/customer/conversations/{id}/read", System.Text.Encoding.UTF8.GetBytes(body))).MustFail(400, "validation", "sequence");
        (await server.Rest.PostRawAsync($"/api/customer/conversations/{id}/read", [])).MustFail(400, "validation");
    }

    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("9223372036854775808")]
    [InlineData("123456789012345678901234567890")]
    public async Task A_number_above_all_that_was_said_is_the_last_of_it(string sequence)
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Rest.StartAsync("f");

        (await server.Rest.PostRawAsync($"/api/customer/conversations/{id}/read", System.Text.Encoding.UTF8.GetBytes($$"""{"sequence":{{sequence}}}"""))).Must(204);

        var conversation = (await server.Rest.GetAsync($"/api/customer/conversations/{id}")).Must(200).Json;
        Assert.Equal(conversation.GetProperty("lastSequence").GetInt64(), conversation.GetProperty("read").GetProperty("customer").GetInt64());
    }

    [Fact]
    public async Task An_agents_lists_say_what_is_unread_and_the_newest_message()
    {
        await using var server = await RunningServer.StartAsync();
        var rest = server.Rest;
        var id = await rest.StartAsync("f");
        (await rest.AcceptAsync(id)).Must(200);
        Assert.Equal((0, null), await ShownAsync());

        (await rest.CustomerSendAsync(id, "one")).Must(201);
        var sent = (await rest.CustomerSendAsync(id, "two")).Must(201);
        Assert.Equal((2, sent.Json.GetRawText()), await ShownAsync());
        (await rest.PostAsync($"/api/agent/conversations/{id}/read", new { sequence = 3 })).Must(204);
        Assert.Equal((1, sent.Json.GetRawText()), await ShownAsync());

        async Task<(int, string?)> ShownAsync()
        {
            var listed = (await rest.GetAsync("/api/agent/conversations?agentId=agent-123")).Must(200).Json[0];
            var begun = (await rest.PostAsync("/api/agent/sessions", new { agentId = "agent-123" })).Must(200).Json.GetProperty("conversations")[0];
            Assert.Equal(listed.GetRawText(), begun.GetRawText());
            var last = listed.GetProperty("lastMessage");
            return (listed.GetProperty("unread").GetInt32(), last.ValueKind is System.Text.Json.JsonValueKind.Null ? null : last.GetRawText());
        }
    }
}
