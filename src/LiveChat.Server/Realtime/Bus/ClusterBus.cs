using System.Security.Cryptography;

namespace LiveChat.Server.Realtime.Bus;

/// <summary>
/// The bus of many servers. This server's own subscribers are told at once, on the thread that publishes; the others over the primary way.
/// </summary>
/// <remarks>
/// Where there is a secondary way, every server listens to it all the time. A server that is cut off from the primary sends by the secondary, and
/// says so there once a second; who hears that sends by both for three seconds. So a primary that is dead, or that one server alone cannot
/// reach, costs what is published until that is noticed, and both the loser and the others are told that they may have missed something. What
/// comes twice harms nobody: entries are told apart by their sequence, and a signal may be repeated.
/// </remarks>
internal sealed class ClusterBus : IEventBus, IBusReceiver, IAsyncDisposable
{
    /// <summary>What waits to be told to subscribers, in bytes; then what comes is dropped.</summary>
    private const long Capacity = 16 * 1024 * 1024;

    /// <summary>For how long a follower waits for its subscription.</summary>
    private static readonly TimeSpan FollowLimit = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan CutOffInterval = TimeSpan.FromSeconds(1);

    /// <summary>For how long another's being cut off counts.</summary>
    private static readonly TimeSpan CutOffMemory = TimeSpan.FromSeconds(3);

    private readonly IBusTransport _primary;
    private readonly IBusTransport? _secondary;
    private readonly BusMetrics _metrics;
    private readonly ILogger _log;
    private readonly BusSubscribers _subscribers;
    private readonly TimeProvider _clock;
    private readonly FollowCounts _follows = new();
    private readonly BusQueue<Arrival> _inbox = new(Capacity, arrival => arrival.Frame.Length, dropsOldest: false);
    private readonly CancellationTokenSource _stop = new();

    // By sender, when it last said that it is cut off. Of the reader alone.
    private readonly Dictionary<ulong, long> _cutOff = [];
    private Task _running = Task.CompletedTask;
    private long _cutOffHeard;
    private int _missed;

    /// <param name="primary">The way that is taken.</param>
    /// <param name="secondary">What stands in for it; null where the primary is the store's own engine.</param>
    /// <param name="metrics">Counts what passes.</param>
    /// <param name="log">Where it is said that a way is up or down.</param>
    /// <param name="clock">What limits go by.</param>
    public ClusterBus(IBusTransport primary, IBusTransport? secondary, BusMetrics metrics, ILogger<ClusterBus> log, TimeProvider clock)
    {
        (_primary, _secondary, _metrics, _log, _clock) = (primary, secondary, metrics, log, clock);
        _subscribers = new BusSubscribers(log);
        _cutOffHeard = long.MinValue;
    }

    public ulong Sender { get; } = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    public bool IsUp => _primary.IsUp;

    /// <summary>The engine of the way that is taken.</summary>
    public string Provider => _primary.Name;

    private bool IsAnotherCutOff =>
        Interlocked.Read(ref _cutOffHeard) is var heard && heard != long.MinValue && _clock.GetElapsedTime(heard) < CutOffMemory;

    /// <summary>Connects the ways. Completes within some seconds also where they are down.</summary>
    /// <exception cref="StartException">An engine answers, and refuses what is needed of it.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _running = _secondary is null ? ReadAsync() : Task.WhenAll(ReadAsync(), SayCutOffAsync(_secondary));
        await Task.WhenAll(_primary.StartAsync(this, cancellationToken), _secondary?.StartAsync(this, cancellationToken) ?? Task.CompletedTask);
    }

    public void Publish(IReadOnlyList<ConversationEvent> entries)
    {
        _subscribers.Tell(subscriber => subscriber.OnCommitted(entries));
        Send([.. entries.Select(BusCodec.Encode)]);
    }

    public void Publish(Signal signal)
    {
        _subscribers.Tell(subscriber => subscriber.OnSignal(signal));
        Send([BusCodec.Encode(signal)]);
    }

    public IDisposable Subscribe(IBusSubscriber subscriber) => _subscribers.Add(subscriber);

    public async ValueTask FollowAsync(Guid conversationId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var standing = _follows.Add(conversationId, _primary.FollowAsync);
        if (standing.IsCompleted)
            return;

        try
        {
            await standing.WaitAsync(FollowLimit, _clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            // It goes on being tried, and what was missed meanwhile is said then.
        }
        catch (OperationCanceledException)
        {
            Unfollow(conversationId);
            throw;
        }
    }

    public void Unfollow(Guid conversationId) => _follows.Remove(conversationId, _primary.Unfollow);

    public void OnFrame(IBusTransport transport, byte[] frame)
    {
        if (_inbox.Add(new Arrival(transport, frame)) == 0)
            return;

        _metrics.Of(transport.Name).AddDropped(1);
        OnMissed(transport);
    }

    public void OnMissed(IBusTransport transport)
    {
        // Told by the reader, after what has come before: once, however often it is said meanwhile.
        Volatile.Write(ref _missed, 1);
        _inbox.Wake();
    }

    public void OnUpChanged(IBusTransport transport)
    {
        if (transport.IsUp)
            BusLog.Up(_log, transport.Name);
        else
            BusLog.Down(_log, transport.Name);

        if (transport == _primary && !transport.IsUp)
            _secondary?.Send([BusItem.CutOff]);

        // Also when it goes down: what others sent before it was noticed is lost, and so it is when it comes back.
        if (transport == _primary || !_primary.IsUp)
            OnMissed(transport);
    }

    public async ValueTask DisposeAsync()
    {
        await _primary.DisposeAsync();
        if (_secondary is not null)
            await _secondary.DisposeAsync();
        _inbox.Complete();
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private void Send(IReadOnlyList<BusItem> items)
    {
        var isUp = _primary.IsUp;
        if (isUp || _secondary is null)
            _primary.Send(items);
        if (_secondary is not null && (!isUp || IsAnotherCutOff))
            _secondary.Send(items);
    }

    private async Task SayCutOffAsync(IBusTransport secondary)
    {
        using var timer = new PeriodicTimer(CutOffInterval, _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                if (!_primary.IsUp)
                    secondary.Send([BusItem.CutOff]);
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _inbox.WaitAsync(_stop.Token))
            {
                while (true)
                {
                    // Where more comes than is read, what was missed is told all the same.
                    var count = 0;
                    for (; count < 1000 && _inbox.TryTake(out var arrival); count++)
                        Read(arrival);
                    if (Interlocked.Exchange(ref _missed, 0) == 1)
                        _subscribers.Tell(static subscriber => subscriber.OnMissed());
                    if (count == 0)
                        break;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private void Read(Arrival arrival)
    {
        var counts = _metrics.Of(arrival.Transport.Name);
        if (BusCodec.Read(arrival.Frame, _follows.Contains) is not { } frame)
        {
            counts.AddDropped(1);
            OnMissed(arrival.Transport);
            return;
        }

        counts.AddReceived(frame.Entries.Count + frame.Signals.Count);
        counts.AddSkipped(frame.Skipped);
        if (frame.IsCutOff)
            Hear(BusCodec.SenderOf(arrival.Frame)!.Value);
        if (frame.Entries.Count > 0)
            _subscribers.Tell(subscriber => subscriber.OnCommitted(frame.Entries));
        foreach (var signal in frame.Signals)
            _subscribers.Tell(subscriber => subscriber.OnSignal(signal));
        if (frame.HasMissed)
            OnMissed(arrival.Transport);
    }

    /// <summary>Another server is cut off from the primary. When that is news, what it sent there a moment before is lost.</summary>
    private void Hear(ulong sender)
    {
        var now = _clock.GetTimestamp();
        foreach (var (gone, _) in _cutOff.Where(heard => _clock.GetElapsedTime(heard.Value, now) > CutOffMemory).ToList())
            _cutOff.Remove(gone);
        if (_cutOff.TryAdd(sender, now))
            OnMissed(_primary);
        _cutOff[sender] = now;
        Interlocked.Exchange(ref _cutOffHeard, now);
    }

    private readonly record struct Arrival(IBusTransport Transport, byte[] Frame);
}
