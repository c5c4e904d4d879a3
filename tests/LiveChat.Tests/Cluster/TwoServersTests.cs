using LiveChat.Tests.Engines;
using LiveChat.Tests.Support;
using Npgsql;

namespace LiveChat.Tests.Cluster;

/// <summary>What those see who are on different servers.</summary>
public sealed class TwoServersTests : IAsyncLifetime
{
    private readonly List<RunningServer> _servers = [];
    private RedisServer _redis = null!;
    private string _connectionString = null!;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _connectionString = await (await PostgresServer.Shared).CreateDatabaseAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
            await server.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Entries_and_signals_reach_the_other_server(bool withRedis)
    {
        var (one, other) = await StartTwoAsync(withRedis);
        var id = await one.Rest.StartAsync("f");
        await using var queue = await RawSocket.ConnectAsync(other, "role=agent&scope=queue&fingerprint=agent-123");
        await queue.NextAsync(e => e.Name == "queue:snapshot" && e.Payload.GetArrayLength() == 1);
        (await other.Rest.AcceptAsync(id)).Must(200);
        await using var customer = await RawSocket.ConnectAsync(one, $"role=customer&conversationId={id}");
        await using var agent = await RawSocket.ConnectAsync(other, $"role=agent&conversationId={id}&fingerprint=agent-123");
        await customer.NextAsync("CONVERSATION_CONNECTED");
        await agent.NextAsync("SESSION_READY");

        (await one.Rest.AgentSendAsync(id, "from the other side", "k1")).Must(201);
        await customer.NextAsync(e => e.Content == "from the other side");
        await agent.NextAsync(e => e.Content == "from the other side");
        await customer.AskAsync("chat:typing", new { typing = true });
        Assert.True((await agent.NextAsync("chat:typing")).Payload.GetProperty("typing").GetBoolean());
        (await other.Rest.PostAsync($"/api/agent/conversations/{id}/read", new { sequence = 4 })).Must(204);
        Assert.Equal(4, (await customer.NextAsync("chat:read")).Payload.GetProperty("sequence").GetInt64());
        (await one.Rest.PostAsync($"/api/customer/conversations/{id}/close", new { })).Must(200);
        await agent.NextAsync("CONVERSATION_CLOSED");
    }

    [Fact]
    public async Task A_visitor_and_a_desk_are_put_into_what_begins_and_is_taken_elsewhere()
    {
        var (one, other) = await StartTwoAsync(withRedis: true);
        await using var visitor = await RawSocket.ConnectAsync(one, "role=customer&fingerprint=f");
        await using var desk = await RawSocket.ConnectAsync(one, "role=agent&scope=desk&fingerprint=agent-123");
        await desk.NextAsync("queue:snapshot");

        var id = await other.Rest.StartAsync("f");
        await visitor.NextAsync("SESSION_READY");
        (await other.Rest.AcceptAsync(id)).Must(200);
        await desk.NextAsync("SESSION_READY");
        (await other.Rest.CustomerSendAsync(id, "hello")).Must(201);
        await desk.NextAsync(e => e.Content == "hello");
        await visitor.NextAsync(e => e.Content == "hello");
    }

    [Fact]
    public async Task Who_leaves_is_told_to_the_other_server_after_the_grace_and_who_returns_to_any_is_told_too()
    {
        var (one, other) = await StartTwoAsync(withRedis: true, "Chat:Presence:DisconnectGrace=00:00:00.5");
        var id = await one.Rest.StartAsync("f");
        (await one.Rest.AcceptAsync(id)).Must(200);
        await using var customer = await RawSocket.ConnectAsync(one, $"role=customer&conversationId={id}");
        var agent = await RawSocket.ConnectAsync(other, $"role=agent&conversationId={id}&fingerprint=agent-123");
        var second = await RawSocket.ConnectAsync(one, "role=agent&scope=queue&fingerprint=agent-123");
        await second.NextAsync("queue:snapshot");

        await agent.DisposeAsync();
        await second.DisposeAsync();
        await customer.NextAsync("PARTICIPANT_DISCONNECTED");
        await using var late = await RawSocket.ConnectAsync(other, $"role=customer&conversationId={id}");
        await late.NextAsync("PARTICIPANT_DISCONNECTED");

        await using var back = await RawSocket.ConnectAsync(one, $"role=agent&conversationId={id}&fingerprint=agent-123");
        await customer.NextAsync("PARTICIPANT_RECONNECTED");
        await late.NextAsync("PARTICIPANT_RECONNECTED");
        Assert.Single(customer.Seen, e => e.Type == "PARTICIPANT_DISCONNECTED");
    }

    [Fact]
    public async Task An_agent_that_left_and_works_on_by_calls_is_not_away_from_what_it_accepts_then()
    {
        var (one, other) = await StartTwoAsync(withRedis: true, "Chat:Presence:DisconnectGrace=00:00:00.5");
        var before = await one.Rest.StartAsync("before");
        (await one.Rest.AcceptAsync(before)).Must(200);
        await using var earlier = await RawSocket.ConnectAsync(other, $"role=customer&conversationId={before}");
        await using (var agent = await RawSocket.ConnectAsync(one, $"role=agent&conversationId={before}&fingerprint=agent-123"))
            await agent.NextAsync("SESSION_READY");
        await earlier.NextAsync("PARTICIPANT_DISCONNECTED");

        var id = await one.Rest.StartAsync("f");
        (await one.Rest.AcceptAsync(id)).Must(200);
        await using var customer = await RawSocket.ConnectAsync(other, $"role=customer&conversationId={id}");
        (await one.Rest.AgentSendAsync(id, "here", "here")).Must(201);
        await customer.NextAsync(e => e.Content == "here");

        Assert.DoesNotContain(customer.Seen, e => e.Type == "PARTICIPANT_DISCONNECTED");
    }

    [Fact]
    public async Task Who_was_on_a_server_that_died_is_away_when_its_lease_and_the_grace_are_over()
    {
        var one = await StartAsync(withRedis: true, "Chat:Presence:DisconnectGrace=00:00:00.5", "Chat:Cluster:Lease=00:00:02");
        using var dying = await ServerProcess.StartAsync(
            folder: null, variables: null, [.. Settings(withRedis: true), "Chat:Presence:DisconnectGrace=00:00:00.5", "Chat:Cluster:Lease=00:00:02"]);
        var id = await one.Rest.StartAsync("f");
        (await one.Rest.AcceptAsync(id)).Must(200);
        await using var customer = await RawSocket.ConnectAsync(one, $"role=customer&conversationId={id}");
        await using var agent = await RawSocket.ConnectAsync(dying.GatewayAddress, $"role=agent&conversationId={id}&fingerprint=agent-123");
        await customer.NextAsync("CONVERSATION_CONNECTED");

        // Its own beat says so, a moment after the socket opened.
        await UntilPresentAsync();
        dying.Kill();

        await customer.NextAsync("PARTICIPANT_DISCONNECTED");
    }

    [Fact]
    public async Task Who_was_on_a_server_that_died_and_was_started_again_by_the_same_name_is_away_all_the_same()
    {
        string[] settings = [.. Settings(withRedis: true), "Chat:Presence:DisconnectGrace=00:00:00.5", "Chat:Cluster:Node=same"];
        var one = await StartAsync(withRedis: true, "Chat:Presence:DisconnectGrace=00:00:00.5");
        var id = await one.Rest.StartAsync("f");
        (await one.Rest.AcceptAsync(id)).Must(200);
        await using var customer = await RawSocket.ConnectAsync(one, $"role=customer&conversationId={id}");
        using (var dying = await ServerProcess.StartAsync(folder: null, variables: null, settings))
        {
            await using var agent = await RawSocket.ConnectAsync(dying.GatewayAddress, $"role=agent&conversationId={id}&fingerprint=agent-123");
            await UntilPresentAsync();
            dying.Kill();
        }

        using var again = await ServerProcess.StartAsync(folder: null, variables: null, settings);

        await customer.NextAsync("PARTICIPANT_DISCONNECTED");
    }

    [Fact]
    public async Task Without_its_Redis_everything_goes_on_and_nobody_is_away()
    {
        var (one, other) = await StartTwoAsync(withRedis: true, "Chat:Presence:DisconnectGrace=00:00:00.5", "Chat:Cluster:Lease=00:00:02");
        var id = await one.Rest.StartAsync("f");
        (await one.Rest.AcceptAsync(id)).Must(200);
        await using var customer = await RawSocket.ConnectAsync(one, $"role=customer&conversationId={id}");
        await using var agent = await RawSocket.ConnectAsync(other, $"role=agent&conversationId={id}&fingerprint=agent-123");
        await using var queue = await RawSocket.ConnectAsync(other, "role=agent&scope=queue&fingerprint=agent-9");
        await agent.NextAsync("SESSION_READY");

        await _redis.KillAsync();
        for (var i = 0; i < 10; i++)
        {
            (await other.Rest.AgentSendAsync(id, $"m{i}", $"k{i}")).Must(201);
            await customer.NextAsync(e => e.Content == $"m{i}");
        }

        var waiting = await one.Rest.StartAsync("g");
        await queue.NextAsync(e => e.Name == "queue:snapshot" && e.Payload.EnumerateArray().Any(entry => entry.GetProperty("conversationId").GetString() == waiting));
        await Waiting.Until(async () => (await BusOfAsync(one)) == "DEGRADED");
        await customer.AskAsync("chat:typing", new { typing = true });
        await agent.NextAsync("chat:typing");
        await _redis.StartAgainAsync();
        await Waiting.Until(async () => (await BusOfAsync(one)) == "UP" && (await BusOfAsync(other)) == "UP");
        (await other.Rest.AgentSendAsync(id, "again", "again")).Must(201);
        await customer.NextAsync(e => e.Content == "again");

        Assert.Equal(customer.Sequences.Distinct().Order(), customer.Sequences);
        Assert.DoesNotContain(customer.Seen, e => e.Type?.StartsWith("PARTICIPANT_", StringComparison.Ordinal) == true);
        foreach (var server in _servers)
            server.ExpectsErrors = true;

        static async Task<string> BusOfAsync(RunningServer server) => (await server.Rest.GetAsync("/actuator/health"))
            .Must(200).Json.GetProperty("components").GetProperty("bus").GetProperty("status").GetString()!;
    }

    [Fact]
    public async Task A_caller_has_one_budget_over_both_servers()
    {
        var (one, other) = await StartTwoAsync(withRedis: true, "Chat:Security:RateLimit:PermitLimit=10", "Chat:Security:RateLimit:TokensPerSecond=1");
        var answers = new List<int>();
        for (var i = 0; i < 24; i++)
            answers.Add((await (i % 2 == 0 ? one : other).Rest.GetAsync("/api/agent/queue")).Status);

        Assert.InRange(answers.Count(status => status == 200), 10, 14);
        Assert.Contains(429, answers);
    }

    [Fact]
    public async Task Whoever_a_backend_names_has_one_budget_over_both_servers()
    {
        var (one, other) = await StartTwoAsync(
            withRedis: true,
            [
                "Chat:Security:Authentication=ApiKey",
                .. TrustScene.Key(0, "agents", "key-for-agents-0123456789abcdef", "agent"),
                "Chat:Security:RateLimit:PermitLimit=10",
                "Chat:Security:RateLimit:TokensPerSecond=1",
            ]);
        var answers = new List<int>();
        for (var i = 0; i < 24; i++)
        {
            var answer = await (i % 2 == 0 ? one : other).Rest.GetAsync(
                "/api/agent/queue?agentId=agent-123", ("X-Api-Key", "key-for-agents-0123456789abcdef"));
            answers.Add(answer.Status);
        }

        Assert.InRange(answers.Count(status => status == 200), 10, 14);
        Assert.Contains(429, answers);
    }

    [Fact]
    public async Task Two_servers_of_one_name_say_so()
    {
        var (one, other) = await StartTwoAsync(withRedis: false, "Chat:Cluster:Node=same");
        one.ExpectsErrors = other.ExpectsErrors = true;

        await Waiting.Until(() => _servers.Any(server => server.Log.Lines.Any(line => line.Message.StartsWith("Another server is called same too", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task An_agent_is_not_gone_while_any_server_has_a_socket_of_it()
    {
        var (one, other) = await StartTwoAsync(
            withRedis: false, "Chat:Agent:RequeueAfter=00:00:02", "Chat:Housekeeping:Interval=00:00:00.2", "Chat:Presence:DisconnectGrace=00:00:00.2");
        var (kept, lost) = (await one.Rest.StartAsync("f"), await one.Rest.StartAsync("g"));
        (await one.Rest.AcceptAsync(kept, "there")).Must(200);
        (await other.Rest.AcceptAsync(lost, "gone")).Must(200);
        await using var there = await RawSocket.ConnectAsync(other, "role=agent&scope=queue&fingerprint=there");

        await Waiting.Until(async () => (await one.Rest.GetAsync($"/api/customer/conversations/{lost}")).Text("status") == "QUEUED");

        Assert.Equal("ASSIGNED", (await one.Rest.GetAsync($"/api/customer/conversations/{kept}")).Text("status"));
    }

    private Task UntilPresentAsync() => Waiting.Until(async () =>
    {
        await using var connection = new NpgsqlConnection(_connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT count(*) FROM presence WHERE kind = 'AGENT'", connection);
        return (long)(await command.ExecuteScalarAsync())! == 1;
    });

    private string[] Settings(bool withRedis) =>
    [
        "ConnectionStrings:Sqlite=",
        $"ConnectionStrings:Postgres={_connectionString}",
        .. withRedis ? new[] { $"ConnectionStrings:Redis={_redis.Endpoint}" } : [],
    ];

    private async Task<RunningServer> StartAsync(bool withRedis, params string[] settings)
    {
        var server = await RunningServer.StartAsync([.. Settings(withRedis), .. settings]);
        _servers.Add(server);
        return server;
    }

    private async Task<(RunningServer One, RunningServer Other)> StartTwoAsync(bool withRedis, params string[] settings) =>
        (await StartAsync(withRedis, settings), await StartAsync(withRedis, settings));
}
