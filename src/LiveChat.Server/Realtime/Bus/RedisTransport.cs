using System.Globalization;
using StackExchange.Redis;

namespace LiveChat.Server.Realtime.Bus;

/// <summary>
/// Redis' sharded channels: messages and signals go to their conversation's channel, which a server subscribes to while somebody here is in
/// it, and what is for all goes to one that every server subscribes to. In a Cluster they are spread over its primaries, and each is watched.
/// </summary>
internal sealed class RedisTransport : IBusTransport
{
    /// <summary>What waits to be sent, in bytes; then the oldest is dropped.</summary>
    private const long Capacity = 16 * 1024 * 1024;

    /// <summary>How many are sent before the first is answered.</summary>
    private const int MostOnTheWay = 1024;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(1);

    private readonly RedisConnection _connection;
    private readonly string _prefix;
    private readonly string _lobby;
    private readonly BusCounts _counts;
    private readonly BusFaults _faults;
    private readonly TimeProvider _clock;
    private readonly RedisSubscriptions _subscriptions;
    private readonly RedisBeats _beats;
    private readonly CancellationTokenSource _stop = new();
    private readonly BusQueue<Parcel> _outbox = new(Capacity, parcel => parcel.Frame.Length, dropsOldest: true);
    private readonly SemaphoreSlim _way = new(MostOnTheWay);
    private readonly UpState _state;
    private IBusReceiver _receiver = null!;
    private Task _running = Task.CompletedTask;
    private int _lost;

    public RedisTransport(RedisConnection connection, RedisOptions options, BusMetrics metrics, ILogger<RedisTransport> log, TimeProvider clock)
    {
        (_connection, _prefix, _clock) = (connection, options.Prefix, clock);
        _lobby = options.Prefix + ":lobby";
        _counts = metrics.Of(Name);
        _faults = new BusFaults(log, _counts, clock);
        _subscriptions = new RedisSubscriptions(_faults);
        _beats = new RedisBeats(options.Prefix, _subscriptions, clock);
        _state = new UpState(() => _beats.AreAlive && _subscriptions.Stands(_lobby), OnUpChanged);
    }

    public string Name => "redis";

    public bool IsUp => _state.IsUp;

    public async Task StartAsync(IBusReceiver receiver, CancellationToken cancellationToken)
    {
        _receiver = receiver;
        await _connection.StartAsync(ConnectAsync, _faults.Failed, cancellationToken);
        if (_connection.Multiplexer is not null)
            await _state.WaitAsync(StartLimit, _clock, cancellationToken);
    }

    public void Send(IReadOnlyList<BusItem> items)
    {
        if (!IsUp)
        {
            Interlocked.Add(ref _lost, items.Count);
            _counts.AddDropped(items.Count);
            return;
        }

        if (items.Count == 1)
        {
            Enqueue(new Parcel(ChannelOf(items[0]), BusCodec.Frame(_receiver.Sender, items[0]), 1));
            return;
        }

        foreach (var channel in items.GroupBy(item => item.IsForAll ? Guid.Empty : item.ConversationId))
        {
            BusItem[] together = [.. channel];
            Enqueue(new Parcel(ChannelOf(together[0]), BusCodec.Frame(_receiver.Sender, together), together.Length));
        }
    }

    public Task FollowAsync(Guid conversationId)
    {
        var standing = _subscriptions.AddAsync(NameOf(conversationId), OnFrame);
        return IsUp ? standing : Task.CompletedTask;
    }

    public void Unfollow(Guid conversationId) => _subscriptions.Remove(NameOf(conversationId));

    public async ValueTask DisposeAsync()
    {
        // What was published a moment ago is still sent.
        _outbox.Complete();
        await Task.WhenAny(_running, Task.Delay(StopLimit, TimeProvider.System, CancellationToken.None));
        await _stop.CancelAsync();
        await _running;
        await _connection.DisposeAsync();
        _faults.Dispose();
    }

    private async Task ConnectAsync(IConnectionMultiplexer redis)
    {
        var subscriber = redis.GetSubscriber();

        // A right that is missing is found now and not with the first message.
        var queue = await subscriber.SubscribeAsync(RedisChannel.Sharded(_lobby));
        await queue.UnsubscribeAsync();
        await subscriber.PublishAsync(RedisChannel.Sharded(_lobby), BusCodec.Frame(_receiver.Sender));
        await subscriber.PublishAsync(RedisChannel.Sharded(NameOf(Guid.Empty)), BusCodec.Frame(_receiver.Sender));

        redis.ConnectionFailed += (_, _) =>
        {
            _beats.Break();
            _state.Look();
        };
        _subscriptions.Connect(subscriber);
        _ = _subscriptions.AddAsync(_lobby, OnFrame);
        _running = Task.WhenAll(SendAsync(subscriber), WatchAsync(redis, subscriber));
    }

    private async Task SendAsync(ISubscriber redis)
    {
        try
        {
            while (await _outbox.WaitAsync(_stop.Token))
            {
                while (_outbox.TryTake(out var parcel))
                {
                    await _way.WaitAsync(_stop.Token);
                    _ = PublishAsync(redis, parcel);
                }
            }

            // At the end: until the last one is answered.
            for (var i = 0; i < MostOnTheWay; i++)
                await _way.WaitAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private async Task PublishAsync(ISubscriber redis, Parcel parcel)
    {
        try
        {
            await redis.PublishAsync(parcel.Channel, parcel.Frame);
            _counts.AddPublished(parcel.Items);
        }
        catch (Exception exception)
        {
            _faults.Failed(exception);
            Lose(parcel.Items);
        }
        finally
        {
            _way.Release();
        }
    }

    private async Task WatchAsync(IConnectionMultiplexer multiplexer, ISubscriber redis)
    {
        using var timer = new PeriodicTimer(Pulse.Interval, _clock);
        try
        {
            do
            {
                _beats.Send(multiplexer, redis);
                _state.Look();

                // Conversations only where Redis answers; without the others it is never known to.
                var isUp = IsUp;
                _subscriptions.Check(channel => isUp || channel == _lobby || _beats.IsOne(channel));
                if (_subscriptions.TakeMissed())
                    _receiver.OnMissed(this);
                if (IsUp && Interlocked.Exchange(ref _lost, 0) > 0)
                    Enqueue(new Parcel(RedisChannel.Sharded(_lobby), BusCodec.Frame(_receiver.Sender, BusItem.Missed), 1));
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private void OnUpChanged(bool isUp)
    {
        _receiver.OnUpChanged(this);
        if (!isUp)
            Interlocked.Increment(ref _lost); // What was sent a moment before it was noticed.
    }

    private void Enqueue(Parcel parcel)
    {
        if (_outbox.Add(parcel) is var dropped and > 0)
            Lose(dropped);
    }

    private void Lose(int items)
    {
        Interlocked.Add(ref _lost, items);
        _faults.Dropped(items);
    }

    private void OnFrame(byte[] frame)
    {
        if (BusCodec.SenderOf(frame) != _receiver.Sender)
            _receiver.OnFrame(this, frame);
    }

    private RedisChannel ChannelOf(BusItem item) => RedisChannel.Sharded(item.IsForAll ? _lobby : NameOf(item.ConversationId));

    private string NameOf(Guid conversationId) => string.Create(CultureInfo.InvariantCulture, $"{_prefix}:c:{conversationId}");

    /// <param name="Channel">Where it goes.</param>
    /// <param name="Frame">What goes there.</param>
    /// <param name="Items">How many items are in it.</param>
    private readonly record struct Parcel(RedisChannel Channel, byte[] Frame, int Items);
}
