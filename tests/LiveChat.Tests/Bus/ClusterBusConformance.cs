using LiveChat.Server.Realtime.Bus;
using LiveChat.Tests.Support;

using static LiveChat.Tests.Bus.BusSample;

namespace LiveChat.Tests.Bus;

/// <summary>What every bus between servers does beside, also when its engine does not.</summary>
public abstract class ClusterBusConformance : BusConformance
{
    // Apart from other tests, which may use the same engine.
    private readonly string _prefix = "t" + Guid.NewGuid().ToString("n")[..8];
    private IBusEngine? _own;

    [Fact]
    public async Task What_nobody_follows_does_not_come()
    {
        var (one, two) = await TwoAsync();
        var (followed, other, left) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        await two.FollowAsync(followed);
        await two.FollowAsync(followed);
        two.Bus.Unfollow(followed);
        await two.FollowAsync(left);
        one.Bus.Publish([Message(left, 1)]);
        await Waiting.Until(() => two.Of(left).Count == 1);
        two.Bus.Unfollow(left);

        one.Bus.Publish([Message(other, 1)]);
        one.Bus.Publish(Read(other, 1));
        one.Bus.Publish([Message(left, 2)]);
        var (message, transition) = (Message(followed, 1), Transition(other));
        one.Bus.Publish([message, transition]);

        await two.HearsAsync(message);
        await two.HearsAsync(transition);
        Assert.Equal(3, two.Entries.Count);
        Assert.Empty(two.Signals);

        // Who comes back hears again.
        await two.FollowAsync(left);
        var last = Message(left, 3);
        one.Bus.Publish([last]);
        await two.HearsAsync(last);
    }

    [Fact]
    public async Task Followers_that_come_and_go_at_once_leave_it_followed()
    {
        var (one, two) = await TwoAsync();
        var id = Guid.NewGuid();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 20; i++)
            {
                await two.FollowAsync(id);
                two.Bus.Unfollow(id);
            }
        }))).Soon();

        await two.FollowAsync(id);
        var message = Message(id, 1);
        one.Bus.Publish([message]);

        await two.HearsAsync(message);
        Assert.Single(two.Entries);
    }

    [Fact]
    public async Task What_a_newer_server_sends_is_passed_over_and_counted()
    {
        await using var engine = await SharedAsync();
        await using var two = await NodeAsync(engine);
        await using var newer = engine.Connect(two.Metrics, _prefix);
        var metrics = two.Metrics.Of(newer.Name);
        var receiver = new Deaf();
        await newer.StartAsync(receiver, TestContext.Current.CancellationToken).Soon();
        await Waiting.Until(() => newer.IsUp && two.Bus.IsUp);
        var id = Guid.NewGuid();
        await two.FollowAsync(id);
        var message = Message(id, 1);

        newer.Send([new BusItem((BusKind)200, id, [1, 2, 3]), new BusItem(BusKind.Message, id, [.. BusCodec.Encode(message).Body, 9, 9])]);

        await two.HearsAsync(message);
        Assert.Equal(1, metrics.Skipped);
        Assert.True(metrics.Received > 0);
        Assert.True(metrics.Published > 0);
    }

    [Fact]
    public async Task When_the_engine_dies_it_is_said_and_all_comes_again_when_it_is_back()
    {
        var engine = _own = await OwnAsync();
        var (one, two) = await TwoAsync();
        Guid[] ids = [.. Enumerable.Range(0, 30).Select(_ => Guid.NewGuid())];
        await Task.WhenAll(ids.Select(two.FollowAsync)).Soon();
        var (missedByOne, missedByTwo) = (one.Missed, two.Missed);

        await engine.KillAsync();
        await Waiting.Until(() => !one.Bus.IsUp && !two.Bus.IsUp);
        await Waiting.Until(() => one.Missed > missedByOne && two.Missed > missedByTwo);
        (missedByOne, missedByTwo) = (one.Missed, two.Missed);

        // Neither blocks nor throws, and a follower does not wait for long.
        var late = Guid.NewGuid();
        one.Bus.Publish([Message(ids[0], 1), Transition(ids[0], 2)]);
        one.Bus.Publish(Read(ids[0], 1));
        await two.FollowAsync(late);

        await engine.ReturnAsync();
        await Waiting.Until(() => one.Bus.IsUp && two.Bus.IsUp);
        await Waiting.Until(() => one.Missed > missedByOne && two.Missed > missedByTwo);
        await AllComeAsync(one, two, [.. ids, late]);
    }

    [Fact]
    public async Task When_the_engine_stalls_it_is_said_and_all_comes_again_when_it_goes_on()
    {
        var engine = _own = await OwnAsync();
        var (one, two) = await TwoAsync();
        Guid[] ids = [.. Enumerable.Range(0, 30).Select(_ => Guid.NewGuid())];
        await Task.WhenAll(ids.Select(two.FollowAsync)).Soon();
        var missed = two.Missed;

        engine.Freeze();
        await Waiting.Until(() => !one.Bus.IsUp && !two.Bus.IsUp);
        await Waiting.Until(() => two.Missed > missed);
        missed = two.Missed;
        engine.Thaw();

        await Waiting.Until(() => one.Bus.IsUp && two.Bus.IsUp);
        await Waiting.Until(() => two.Missed > missed);
        await AllComeAsync(one, two, ids);
    }

    [Fact]
    public async Task A_server_starts_while_the_engine_is_dead_and_joins_when_it_is_there()
    {
        var engine = _own = await OwnAsync();
        await engine.KillAsync();
        var (one, two) = await TwoAsync(isUp: false);
        var id = Guid.NewGuid();
        await two.FollowAsync(id);

        await engine.ReturnAsync();
        await Waiting.Until(() => one.Bus.IsUp && two.Bus.IsUp);
        await AllComeAsync(one, two, [id]);
    }

    /// <summary>An engine that other tests may use too.</summary>
    private protected abstract Task<IBusEngine> SharedAsync();

    /// <summary>An engine that this test may end.</summary>
    private protected abstract Task<IBusEngine> OwnAsync();

    private protected override Task<(BusNode One, BusNode Two)> ConnectAsync() => ConnectAsync(isUp: true);

    private protected override async Task EndAsync()
    {
        if (_own is not null)
            await _own.DisposeAsync();
    }

    private protected Task<BusNode> NodeAsync(IBusEngine engine) =>
        BusNode.StartAsync(metrics => (engine.Connect(metrics, _prefix), null));

    private protected async Task<(BusNode One, BusNode Two)> TwoAsync(bool isUp)
    {
        var nodes = await ConnectAsync(isUp);
        Keep(nodes.One, nodes.Two);
        return nodes;
    }

    private async Task<(BusNode One, BusNode Two)> ConnectAsync(bool isUp)
    {
        var engine = _own ?? await SharedAsync();
        var (one, two) = (await NodeAsync(engine), await NodeAsync(engine));
        if (isUp)
            await Task.WhenAll(one.IsReadyAsync(), two.IsReadyAsync());
        return (one, two);
    }

    /// <summary>
    /// Asks until an entry of each conversation comes: where a subscription is made again meanwhile, the next one does.
    /// </summary>
    private protected static async Task AllComeAsync(BusNode one, BusNode two, Guid[] ids)
    {
        var sequence = 100;
        foreach (var id in ids)
        {
            await Waiting.Until(() =>
            {
                one.Bus.Publish([Message(id, sequence++)]);
                return two.Of(id).Count > 0;
            });
        }

        await Waiting.Until(() =>
        {
            one.Bus.Publish([Transition(Guid.NewGuid(), sequence++)]);
            return two.Entries.OfType<Transition>().Any();
        });
        foreach (var id in ids)
            Assert.True(IsRising(two.Of(id)));
    }

    private sealed class Deaf : IBusReceiver
    {
        public ulong Sender => 1;

        public void OnFrame(IBusTransport transport, byte[] frame)
        {
        }

        public void OnMissed(IBusTransport transport)
        {
        }

        public void OnUpChanged(IBusTransport transport)
        {
        }
    }
}
