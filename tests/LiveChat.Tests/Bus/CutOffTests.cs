using LiveChat.Tests.Engines;
using LiveChat.Tests.Support;

using static LiveChat.Tests.Bus.BusSample;

namespace LiveChat.Tests.Bus;

/// <summary>Three servers with Redis, and PostgreSQL for when that is away from all of them or from one alone.</summary>
public sealed class CutOffTests : IAsyncLifetime
{
    private readonly string _prefix = "t" + Guid.NewGuid().ToString("n")[..8];
    private readonly List<BusNode> _nodes = [];
    private RedisServer _redis = null!;
    private TcpProxy _proxy = null!;
    private string _database = null!;

    private BusNode Alone => _nodes[0];

    private BusNode Other => _nodes[1];

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _proxy = new TcpProxy(_redis.Port);
        _database = await (await PostgresServer.Shared).CreateDatabaseAsync();
        foreach (var port in new[] { _proxy.Port, _redis.Port, _redis.Port })
        {
            _nodes.Add(await BusNode.StartAsync(metrics => (
                RedisBusEngine.Connect($"127.0.0.1:{port}", metrics, _prefix),
                PostgresBusEngine.Connect(_database, metrics, _prefix))));
        }

        await Task.WhenAll(_nodes.Select(node => node.IsReadyAsync()));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
        await _proxy.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task While_all_is_well_nothing_goes_by_PostgreSQL()
    {
        var id = await FollowedAsync();

        await TalkAsync(id, 1);
        Assert.All(_nodes, node => Assert.Equal(0, node.Metrics.Of("postgres").Received));
    }

    [Fact]
    public async Task Without_Redis_entries_and_signals_come_by_PostgreSQL_and_with_it_by_Redis_again()
    {
        var id = await FollowedAsync();

        await _redis.KillAsync();
        await AllAreAsync(up: false);
        await TalkAsync(id, 1);
        await SignalAsync(id, 1);

        await _redis.StartAgainAsync();
        await AllAreAsync(up: true);
        await TalkAsync(id, 100);
    }

    [Fact]
    public async Task A_Redis_that_stalls_is_left_for_PostgreSQL()
    {
        var id = await FollowedAsync();

        _redis.Freeze();
        await AllAreAsync(up: false);
        await TalkAsync(id, 1);
        await SignalAsync(id, 1);

        _redis.Thaw();
        await AllAreAsync(up: true);
        await TalkAsync(id, 100);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_that_is_cut_off_alone_hears_the_others_and_is_heard(bool isStalled)
    {
        var id = await FollowedAsync();
        var (missed, missedByOther) = (Alone.Missed, Other.Missed);
        if (isStalled)
            _proxy.Stall();
        else
            await _proxy.RefuseAsync();

        await Waiting.Until(() => !Alone.Bus.IsUp);
        await Waiting.Until(() => Alone.Missed > missed && Other.Missed > missedByOther);
        Assert.True(Other.Bus.IsUp);
        await TalkAsync(id, 1);
        await SignalAsync(id, 1);

        missed = Alone.Missed;
        if (isStalled)
            _proxy.Resume();
        else
            _proxy.Accept();
        await AllAreAsync(up: true);
        await Waiting.Until(() => Alone.Missed > missed);
        await TalkAsync(id, 100);
    }

    [Fact]
    public async Task Connections_that_are_cut_one_by_one_are_made_again()
    {
        var id = await FollowedAsync();
        for (var i = 0; i < 5; i++)
        {
            var missed = Alone.Missed;
            Assert.True(_proxy.CutOne());
            await Waiting.Until(() => Alone.Missed > missed);
            await AllAreAsync(up: true);
        }

        await TalkAsync(id, 1);
    }

    [Fact]
    public async Task A_flushed_Redis_harms_nobody()
    {
        var id = await FollowedAsync();
        await _redis.FlushAsync();

        await TalkAsync(id, 1);
        Assert.All(_nodes, node => Assert.True(node.Bus.IsUp));
    }

    private Task AllAreAsync(bool up) => Waiting.Until(() => _nodes.TrueForAll(node => node.Bus.IsUp == up));

    private async Task<Guid> FollowedAsync()
    {
        var id = Guid.NewGuid();
        foreach (var node in _nodes)
            await node.FollowAsync(id);
        return id;
    }

    /// <summary>
    /// Each server publishes until all of the others hear it: what is published before a loss is noticed is lost, and the next one is not. A
    /// server's own come in order.
    /// </summary>
    private async Task TalkAsync(Guid id, long sequence)
    {
        foreach (var speaker in _nodes)
        {
            var said = new HashSet<ConversationEvent>();
            await Waiting.Until(() =>
            {
                ConversationEvent[] entries = [Message(id, sequence++), Transition(id, sequence++)];
                said.UnionWith(entries);
                speaker.Bus.Publish(entries);
                return _nodes.TrueForAll(node =>
                    node.Entries.OfType<Message>().Any(said.Contains) && node.Entries.OfType<Transition>().Any(said.Contains));
            });
        }
    }

    private async Task SignalAsync(Guid id, long sequence)
    {
        foreach (var speaker in _nodes)
        {
            var signal = Read(id, sequence++);
            await Waiting.Until(() =>
            {
                speaker.Bus.Publish(signal);
                return _nodes.TrueForAll(node => node.Signals.Contains(signal));
            });
        }
    }
}
