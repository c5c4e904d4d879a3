using LiveChat.Tests.Engines;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Operations;

/// <summary>From a file of SQLite to PostgreSQL: all that was there is there, and goes on.</summary>
public sealed class MoveTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("livechat-move-test-").FullName;

    private string File => $"--ConnectionStrings:Sqlite=Data Source={Path.Combine(_folder, "livechat.db")}";

    [Fact]
    public async Task What_is_asked_of_the_database_is_what_the_file_said()
    {
        var target = await (await PostgresServer.Shared).CreateDatabaseAsync();
        var ids = new List<string>();
        Dictionary<string, string> before;
        await using (var server = await RunningServer.StartInAsync(_folder, null))
        {
            ids = await FillAsync(server.Rest);
            before = await ReadAsync(server.Rest, ids);

            // While a server runs on the file: it is tried first, and done after the server has stopped.
            await MustMoveAsync(await (await PostgresServer.Shared).CreateDatabaseAsync(), ids.Count);
        }

        await MustMoveAsync(target, ids.Count);
        await using var moved = await RunningServer.StartAsync("ConnectionStrings:Sqlite=", $"ConnectionStrings:Postgres={target}");

        Assert.Equal(before, await ReadAsync(moved.Rest, ids));
        var again = (await moved.Rest.CustomerSendAsync(ids[0], "Grüße 😀", "k1")).Must(200);
        Assert.Equal(2, again.Json.GetProperty("sequence").GetInt64());
        Assert.True((await moved.Rest.PostAsync("/api/customer/sessions", new { fingerprint = "f0" })).Must(200).Json.GetProperty("resumed").GetBoolean());
        var next = await moved.Rest.StartAsync("new");
        Assert.DoesNotContain(next, ids);
        (await moved.Rest.CustomerSendAsync(ids[0], "on", "k2")).Must(201);
    }

    [Fact]
    public async Task A_database_that_holds_conversations_is_left_as_it_is()
    {
        var target = await (await PostgresServer.Shared).CreateDatabaseAsync();
        await using (var server = await RunningServer.StartInAsync(_folder, null))
            await server.Rest.StartAsync("f");
        await using (var server = await RunningServer.StartAsync("ConnectionStrings:Sqlite=", $"ConnectionStrings:Postgres={target}"))
            await server.Rest.StartAsync("another");

        var (output, errors, exitCode) = await ServerProcess.CommandAsync("move", File, $"--ConnectionStrings:Postgres={target}");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.StartsWith("Cannot move: there are conversations in ", errors, StringComparison.Ordinal);
        Assert.Single(errors.Trim().Split('\n'));
    }

    [Theory]
    [InlineData("ConnectionStrings:Postgres is not set")]
    [InlineData("there is no database at", "--ConnectionStrings:Postgres=Host=127.0.0.1;Port=1;Database=x;Username=x;Timeout=1")]
    public async Task What_cannot_be_moved_is_said_in_a_line(string expected, params string[] settings)
    {
        var (_, errors, exitCode) = await ServerProcess.CommandAsync(["move", File, .. settings]);

        Assert.Equal(1, exitCode);
        Assert.StartsWith($"Cannot move: {expected}", errors, StringComparison.Ordinal);
        Assert.Single(errors.Trim().Split('\n'));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task MustMoveAsync(string target, int conversations)
    {
        var (output, errors, exitCode) = await ServerProcess.CommandAsync("move", File, $"--ConnectionStrings:Postgres={target}");
        Assert.Equal((0, ""), (exitCode, errors));
        Assert.StartsWith($"Moved {conversations} conversations with ", output, StringComparison.Ordinal);
    }

    /// <summary>One of every status, with all that a conversation may hold.</summary>
    private static async Task<List<string>> FillAsync(RestClient rest)
    {
        var ids = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            ids.Add((await rest.PostAsync(
                "/api/customer/sessions", new { fingerprint = $"f{i}", displayName = $"Jane {i}", contact = "0123", metadata = new { order = "A-17", n = i } })).Must(200).Text("conversationId"));
            (await rest.CustomerSendAsync(ids[i], "Grüße 😀", "k1")).Must(201);
        }

        (await rest.AcceptAsync(ids[1])).Must(200);
        (await rest.AcceptAsync(ids[2])).Must(200);
        (await rest.AgentSendAsync(ids[2], "hello")).Must(201);
        (await rest.PostAsync($"/api/agent/conversations/{ids[2]}/read", new { sequence = 2 })).Must(204);
        (await rest.PostAsync($"/api/customer/conversations/{ids[3]}/close", new { reason = "done" })).Must(200);
        (await rest.PostAsync("/api/customer/sessions", new { fingerprint = "f4", displayName = "Joan" })).Must(200);
        using var erase = new HttpRequestMessage(HttpMethod.Delete, "/api/admin/customers/f5");
        using var http = new HttpClient { BaseAddress = rest.Address };
        (await http.SendAsync(erase, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        return ids;
    }

    private static async Task<Dictionary<string, string>> ReadAsync(RestClient rest, List<string> ids)
    {
        var said = new Dictionary<string, string>();
        foreach (var path in ids.SelectMany(id => new[] { $"/api/customer/conversations/{id}", $"/api/customer/conversations/{id}/events", $"/api/customer/conversations/{id}/messages" })
            .Concat(["/api/agent/queue?size=100", "/api/agent/conversations?sort=created&size=100", "/api/agent/conversations?size=100"]))
        {
            // Waits are estimated by what a server has seen.
            said[path] = System.Text.RegularExpressions.Regex.Replace((await rest.GetAsync(path)).Must(200).Json.GetRawText(), "\"estimatedWaitSeconds\":(null|\\d+)", "");
        }

        return said;
    }
}
