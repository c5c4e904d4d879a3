using LiveChat.Tests.Engines;
using LiveChat.Tests.Support;

using static LiveChat.Tests.Bus.BusSample;

namespace LiveChat.Tests.Bus;

/// <summary>What is lost between two servers is known to both of them, also where only one has lost its connections.</summary>
public sealed class LossTests : IAsyncLifetime
{
    private readonly string _prefix = "t" + Guid.NewGuid().ToString("n")[..8];
    private readonly List<IAsyncDisposable> _open = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var open in _open.AsEnumerable().Reverse())
            await open.DisposeAsync();
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("postgres")]
    public async Task What_one_server_could_not_send_the_others_are_told_of(string name)
    {
        var (proxy, alone, other) = await StartAsync(name);
        var (missed, id) = (other.Missed, Guid.NewGuid());
        await proxy.RefuseAsync();
        await Waiting.Until(() => !alone.Bus.IsUp);
        alone.Bus.Publish([Message(id, 1), Transition(id, 2)]);
        Assert.True(other.Bus.IsUp);
        Assert.Equal(missed, other.Missed);

        proxy.Accept();

        await Waiting.Until(() => other.Missed > missed);
        Assert.True(other.Bus.IsUp);
        Assert.True(alone.Metrics.Of(name).Dropped >= 2);
        Assert.Empty(other.Entries);
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("postgres")]
    public async Task Connections_that_are_cut_one_by_one_are_made_again(string name)
    {
        var (proxy, alone, other) = await StartAsync(name);
        var (id, sequence) = (Guid.NewGuid(), 0);
        await alone.FollowAsync(id);
        await other.FollowAsync(id);
        for (var i = 0; i < 6; i++)
        {
            var missed = alone.Missed;
            await Waiting.Until(() => proxy.CutOne());
            await Waiting.Until(() => alone.Missed > missed);
            await Waiting.Until(() => alone.Bus.IsUp);
            foreach (var (speaker, listener) in new[] { (alone, other), (other, alone) })
            {
                var said = new HashSet<ConversationEvent>();
                await Waiting.Until(() =>
                {
                    var message = Message(id, ++sequence);
                    said.Add(message);
                    speaker.Bus.Publish([message]);
                    return listener.Entries.Any(said.Contains);
                });
            }
        }
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("postgres")]
    public async Task A_network_that_passes_nothing_is_noticed_on_both_ways_and_left_behind(string name)
    {
        var (proxy, alone, _) = await StartAsync(name);
        var missed = alone.Missed;

        proxy.Stall();
        await Waiting.Until(() => !alone.Bus.IsUp);
        await Waiting.Until(() => alone.Missed > missed);

        // Those connections never say another word; new ones do.
        proxy.Forget();
        await Waiting.Until(() => alone.Bus.IsUp);
    }

    [Fact]
    public async Task A_subscription_that_Redis_refuses_is_tried_again_and_what_was_missed_is_said()
    {
        await using var redis = await RedisServer.StartAsync();
        var (one, two) = (await NodeAsync("redis", redis.Endpoint), await NodeAsync("redis", redis.Endpoint));
        string[] needed = ["ACL", "SETUSER", "default", "resetchannels", $"&{_prefix}:lobby", $"&{_prefix}:beat:*", $"&{_prefix}:config"];
        await redis.CommandAsync(needed);
        var (id, missed) = (Guid.NewGuid(), two.Missed);

        // Refused, and the follower does not wait for ever.
        await two.FollowAsync(id);
        Assert.Equal(missed, two.Missed);
        await redis.CommandAsync([.. needed, $"&{_prefix}:c:*"]);

        await Waiting.Until(() => two.Missed > missed);
        var message = Message(id, 1);
        one.Bus.Publish([message]);
        await two.HearsAsync(message);
        Assert.Single(two.Entries);
    }

    [Fact]
    public async Task With_Redis_a_PostgreSQL_that_is_away_harms_nobody()
    {
        await using var redis = await RedisServer.StartAsync();
        var postgres = await PostgresServer.Shared;
        await using var proxy = new TcpProxy(postgres.Port);
        var database = (await postgres.CreateDatabaseAsync()).Replace($"Port={postgres.Port}", $"Port={proxy.Port}", StringComparison.Ordinal);
        await using var one = await BothAsync(redis.Endpoint, database);
        await using var two = await BothAsync(redis.Endpoint, database);
        await one.IsReadyAsync();
        await two.IsReadyAsync();
        var id = Guid.NewGuid();
        await two.FollowAsync(id);

        await proxy.RefuseAsync();
        var (message, transition) = (Message(id, 1), Transition(id, 2));
        one.Bus.Publish([message, transition]);

        await two.HearsAsync(message);
        await two.HearsAsync(transition);
        Assert.True(two.Bus.IsUp);
    }

    private Task<BusNode> BothAsync(string redis, string database) => BusNode.StartAsync(metrics => (
        RedisBusEngine.Connect(redis, metrics, _prefix),
        PostgresBusEngine.Connect(database, metrics, _prefix)));

    /// <summary>Two servers, one of them behind a network of its own.</summary>
    private async Task<(TcpProxy Proxy, BusNode Alone, BusNode Other)> StartAsync(string name)
    {
        TcpProxy proxy;
        string direct, behind;
        if (name == "redis")
        {
            var redis = await RedisServer.StartAsync();
            _open.Add(redis);
            proxy = new TcpProxy(redis.Port);
            (direct, behind) = (redis.Endpoint, $"127.0.0.1:{proxy.Port}");
        }
        else
        {
            var postgres = await PostgresServer.Shared;
            proxy = new TcpProxy(postgres.Port);
            direct = await postgres.CreateDatabaseAsync();
            behind = direct.Replace($"Port={postgres.Port}", $"Port={proxy.Port}", StringComparison.Ordinal);
        }

        _open.Add(proxy);
        return (proxy, await NodeAsync(name, behind), await NodeAsync(name, direct));
    }

    private async Task<BusNode> NodeAsync(string name, string connectionString)
    {
        var node = await BusNode.StartAsync(metrics => (name == "redis"
            ? RedisBusEngine.Connect(connectionString, metrics, _prefix)
            : PostgresBusEngine.Connect(connectionString, metrics, _prefix), null));
        _open.Add(node);
        await node.IsReadyAsync();
        return node;
    }
}
