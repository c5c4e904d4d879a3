using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Cluster;

/// <summary>
/// Three servers behind a balancer, with many conversations under way, while one thing after another fails. The order of the faults is
/// random; the seed is printed, and taken from <c>CLUSTER_SEED</c>. <c>CLUSTER_ROUNDS</c> makes it longer; with <c>CLUSTER_VERSION_BEFORE</c>, the
/// path of an older LiveChat.Server.dll, the servers begin as that one and are replaced under way.
/// </summary>
public sealed class ClusterTests
{
    private const int Agents = 40, Each = 5;

    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _acknowledged = [];

    [Fact]
    public async Task Whatever_fails_nothing_is_lost_nothing_comes_twice_and_nothing_is_stuck()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("CLUSTER_SEED") ?? $"{Random.Shared.Next(100_000)}", CultureInfo.InvariantCulture);
        var rounds = int.Parse(Environment.GetEnvironmentVariable("CLUSTER_ROUNDS") ?? "1", CultureInfo.InvariantCulture);
        Say($"seed {seed}");
        await using var scene = await ClusterScene.StartAsync(
            servers: 3, withRedis: true, $"Chat:Queue:MaxConcurrentByAgent={Each}", "Chat:Storage:WriteTimeout=00:00:03", "Chat:Shutdown:Timeout=00:00:05", "Chat:Shutdown:Spread=00:00:01");
        using var rest = new RestClient(scene.Rest);
        var talks = await BeginAsync(scene, rest);

        using var over = new CancellationTokenSource();
        var talking = talks.Select(talk => Task.Run(() => TalkAsync(talk, rest, over.Token))).ToList();
        var random = new Random(seed);
        foreach (var round in Enumerable.Range(0, rounds))
        {
            foreach (var (name, strike) in Faults(scene, random).OrderBy(_ => random.Next()).ToList())
            {
                await strike();
                var began = Stopwatch.GetTimestamp();
                await HeardByAllAsync(talks, rest, $"{name} {round}");
                Say($"{name}: heard by all {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s after it");
            }
        }

        await over.CancelAsync();
        await Task.WhenAll(talking).Soon();
        await CheckAsync(talks, rest);
        foreach (var talk in talks)
            await talk.DisposeAsync();
    }

    private static IEnumerable<(string Name, Func<Task> Strike)> Faults(ClusterScene scene, Random random)
    {
        var (killed, first) = (random.Next(3), random.Next(3));
        yield return ("redis killed and started", async () =>
        {
            await scene.Redis!.KillAsync();
            await scene.Redis.StartAgainAsync();
        });
        yield return ("redis flushed", () => scene.Redis!.FlushAsync());
        yield return ("redis stalled for 3 s", async () =>
        {
            scene.Redis!.Freeze();
            await Task.Delay(TimeSpan.FromSeconds(3));
            scene.Redis.Thaw();
        });
        yield return ("redis' connections cut", async () =>
        {
            await scene.Redis!.CommandAsync("CLIENT", "KILL", "TYPE", "pubsub");
            await scene.Redis.CommandAsync("CLIENT", "KILL", "TYPE", "normal");
        });
        yield return ("a server killed and started", async () =>
        {
            scene.Servers[killed].Kill();
            scene.Servers[killed].Dispose();
            await scene.StartServerAsync(killed);
        });
        yield return ("the servers drained and started one after the other", async () =>
        {
            foreach (var number in Enumerable.Range(first, 3).Select(number => number % 3))
            {
                await scene.Servers[number].TerminateAsync();
                Assert.Equal(0, await scene.Servers[number].ExitCodeAsync());
                scene.Servers[number].Dispose();
                await scene.StartServerAsync(number);
            }
        });
        yield return ("postgres restarted, fast", async () =>
        {
            await scene.Postgres.StopFastAsync();
            await scene.Postgres.StartAgainAsync();
        });
        yield return ("postgres restarted, immediate", async () =>
        {
            await scene.Postgres.StopImmediatelyAsync();
            await scene.Postgres.StartAgainAsync();
        });
        yield return ("postgres' connections cut one by one", async () =>
        {
            for (var i = 0; i < 12; i++)
                await scene.Postgres.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'livechat %' ORDER BY random() LIMIT 1");
        });
    }

    /// <summary>Each agent with as many conversations as it may have, and one more that it may not.</summary>
    private async Task<List<Talk>> BeginAsync(ClusterScene scene, RestClient rest)
    {
        var talks = new ConcurrentBag<Talk>();
        await Task.WhenAll(Enumerable.Range(0, Agents).Select(agent => Task.Run(async () =>
        {
            for (var i = 0; i < Each; i++)
            {
                var id = await rest.StartAsync($"customer-{agent}-{i}");
                (await rest.AcceptAsync(id, $"agent-{agent}")).Must(200);
                var talk = new Talk(
                    id,
                    $"agent-{agent}",
                    new Follower(scene.Gateway, $"role=customer&conversationId={id}"),
                    new Follower(scene.Gateway, $"role=agent&conversationId={id}&fingerprint=agent-{agent}"));
                await talk.Customer.StartAsync();
                await talk.Agent.StartAsync();
                talks.Add(talk);
            }

            var waiting = await rest.StartAsync($"waiting-{agent}");
            (await rest.AcceptAsync(waiting, $"agent-{agent}")).MustFail(422, "agent_at_capacity");
        }))).WaitAsync(TimeSpan.FromMinutes(2));
        return [.. talks];
    }

    private async Task TalkAsync(Talk talk, RestClient rest, CancellationToken over)
    {
        for (var i = 0; !over.IsCancellationRequested; i++)
        {
            await SayAsync(talk, rest, $"m{i}", bySocket: i % 3 == 2);
            await Task.Delay(Random.Shared.Next(100, 400), CancellationToken.None);
        }
    }

    /// <summary>As a client does it: the same message again until it is acknowledged.</summary>
    private async Task SayAsync(Talk talk, RestClient rest, string text, bool bySocket)
    {
        var id = $"{talk.Id}/{text}";
        while (talk.Fault is null)
        {
            if (bySocket ? await talk.Agent.TrySendAsync(text, id) : await TryPostAsync(rest, talk.Id, text, id))
            {
                _acknowledged.GetOrAdd(talk.Id, _ => []).Enqueue(id);
                return;
            }

            await Task.Delay(Random.Shared.Next(50, 200), CancellationToken.None);
        }
    }

    private static async Task<bool> TryPostAsync(RestClient rest, string id, string text, string clientMessageId)
    {
        try
        {
            var answer = await rest.CustomerSendAsync(id, text, clientMessageId).WaitAsync(TimeSpan.FromSeconds(8));
            if (answer.Status is 200 or 201)
                return true;
            Assert.Contains(answer.Status, new[] { 500, 502, 503, 504 });
            return false;
        }
        catch (Exception exception) when (exception is HttpRequestException or TimeoutException or IOException or TaskCanceledException)
        {
            return false;
        }
    }

    /// <summary>A message in each conversation, sent after the fault, has reached both of its sockets.</summary>
    private async Task HeardByAllAsync(List<Talk> talks, RestClient rest, string what) => await Task.WhenAll(talks.Select(talk => Task.Run(async () =>
    {
        await SayAsync(talk, rest, what, bySocket: false);
        var sequence = 0L;
        await Waiting.Until(async () =>
        {
            try
            {
                var answer = await rest.CustomerSendAsync(talk.Id, what, $"{talk.Id}/{what}");
                sequence = answer.Status == 200 ? answer.Json.GetProperty("sequence").GetInt64() : 0;
                return sequence > 0;
            }
            catch (Exception exception) when (exception is HttpRequestException or JsonException)
            {
                return false;
            }
        });
        await Waiting.Until(() => talk.Fault is not null || (talk.Customer.Seen >= sequence && talk.Agent.Seen >= sequence));
        Assert.Null(talk.Fault);
    }))).WaitAsync(TimeSpan.FromMinutes(2));

    private async Task CheckAsync(List<Talk> talks, RestClient rest)
    {
        foreach (var talk in talks)
        {
            var log = new List<JsonElement>();
            while (true)
            {
                var page = (await rest.GetAsync($"/api/customer/conversations/{talk.Id}/events?after={log.Count}&limit=500")).Must(200).Json;
                if (page.GetArrayLength() == 0)
                    break;
                log.AddRange(page.EnumerateArray());
            }

            Assert.Equal(Enumerable.Range(1, log.Count).Select(i => (long)i), log.Select(entry => entry.GetProperty("sequence").GetInt64()));
            var sent = log
                .Where(entry => entry.GetProperty("event").GetString() == "chat:message")
                .Select(entry => entry.GetProperty("payload").GetProperty("message").GetProperty("clientMessageId").GetString()!)
                .ToList();
            Assert.Equal(sent.Count, sent.Distinct().Count());
            Assert.Empty(_acknowledged[talk.Id].Except(sent));
            await Waiting.Until(() => talk.Fault is not null || (talk.Customer.Seen == log.Count && talk.Agent.Seen == log.Count));
            Assert.Null(talk.Fault);
        }

        for (var agent = 0; agent < Agents; agent++)
        {
            var held = (await rest.GetAsync($"/api/agent/conversations?status=ASSIGNED,CONNECTED&agentId=agent-{agent}&size=100")).Must(200).Json;
            Assert.Equal(Each, held.GetArrayLength());
        }

        Say($"{_acknowledged.Values.Sum(sent => sent.Count)} messages, {talks.Sum(talk => talk.Customer.Connections + talk.Agent.Connections)} connections");
    }

    private static void Say(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);

    private sealed record Talk(string Id, string AgentId, Follower Customer, Follower Agent) : IAsyncDisposable
    {
        public string? Fault => Customer.Fault ?? Agent.Fault;

        public async ValueTask DisposeAsync()
        {
            await Customer.DisposeAsync();
            await Agent.DisposeAsync();
        }
    }
}
