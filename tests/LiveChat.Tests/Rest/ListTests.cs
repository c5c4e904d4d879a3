using LiveChat.Tests.Support;

namespace LiveChat.Tests.Rest;

/// <summary>Lists walked by their links while they change.</summary>
public class ListTests
{
    [Fact]
    public async Task A_walk_through_the_queue_sees_everybody_who_stays_exactly_once_however_it_changes_meanwhile()
    {
        await using var server = await RunningServer.StartAsync();
        var ids = new List<string>();
        for (var i = 0; i < 12; i++)
            ids.Add(await server.Rest.StartAsync($"f{i}"));

        var seen = new List<string>();
        var positions = new List<int>();
        for (var (next, step) = ("/api/agent/queue?size=3", 0); next is not null; step++)
        {
            var page = (await server.Rest.GetAsync(next)).Must(200);
            seen.AddRange(page.Json.EnumerateArray().Select(e => e.GetProperty("conversationId").GetString()!));
            positions.AddRange(page.Json.EnumerateArray().Select(e => e.GetProperty("position").GetInt32()));
            next = page.Link("next");

            // One before the walk leaves, one behind it leaves, and one comes.
            (await server.Rest.AcceptAsync(ids[step], $"agent-{step}")).Must(200);
            if (step == 0)
                (await server.Rest.PostAsync($"/api/customer/conversations/{ids[10]}/close")).Must(200);
            ids.Add(await server.Rest.StartAsync($"late{step}"));
        }

        var stayed = ids.Take(12).Except([ids[10]]).ToList();
        Assert.Equal(stayed, seen.Where(stayed.Contains));
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.DoesNotContain(ids[10], seen);
        Assert.Equal([1, 2, 3, 3, 4, 5], positions.Take(6));
    }

    [Fact]
    public async Task A_walk_by_creation_sees_every_conversation_exactly_once_though_they_move()
    {
        await using var server = await RunningServer.StartAsync();
        var ids = new List<string>();
        for (var i = 0; i < 7; i++)
            ids.Add(await server.Rest.StartAsync($"f{i}"));

        var seen = new List<string>();
        for (var next = "/api/agent/conversations?sort=created&size=2&status=QUEUED,CLOSED"; next is not null;)
        {
            var page = (await server.Rest.GetAsync(next)).Must(200);
            Assert.Equal("7", page.Headers["X-Total-Count"]);
            seen.AddRange(page.Json.EnumerateArray().Select(c => c.GetProperty("id").GetString()!));
            next = page.Link("next");
            (await server.Rest.CustomerSendAsync(ids[0], "moves up")).Must(201);
        }

        ids.Reverse();
        Assert.Equal(ids, seen);
    }

    [Fact]
    public async Task A_walk_by_activity_goes_on_after_the_last_one_that_was_seen()
    {
        await using var server = await RunningServer.StartAsync();
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
            ids.Add(await server.Rest.StartAsync($"f{i}"));

        var seen = new List<string>();
        for (var next = "/api/agent/conversations?size=2"; next is not null;)
        {
            var page = (await server.Rest.GetAsync(next)).Must(200);
            seen.AddRange(page.Json.EnumerateArray().Select(c => c.GetProperty("id").GetString()!));
            next = page.Link("next");
        }

        ids.Reverse();
        Assert.Equal(ids, seen);
    }

    [Theory]
    [InlineData("/api/agent/queue?cursor=x", "cursor")]
    [InlineData("/api/agent/queue?cursor=queue-AAAA", "cursor")]
    [InlineData("/api/agent/queue?cursor=activity-AAAAAAAAAAAAAAAAAAAAAA", "cursor")]
    [InlineData("/api/agent/queue?cursor=queue-________________________", "cursor")]
    [InlineData("/api/agent/conversations?cursor=created-AAAAAAAAAAAAAAAAAAAAAA", "cursor")]
    [InlineData("/api/agent/conversations?cursor=activity-f_________________8", "cursor")]
    [InlineData("/api/agent/conversations?sort=name", "sort")]
    public async Task A_cursor_or_a_sort_that_is_none_is_said(string path, string field)
    {
        await using var server = await RunningServer.StartAsync();

        (await server.Rest.GetAsync(path)).MustFail(400, "validation", field);
    }
}
