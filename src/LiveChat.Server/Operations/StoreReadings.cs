using System.Diagnostics.Metrics;
using LiveChat.Server.Wire;

namespace LiveChat.Server.Operations;

/// <summary>
/// The gauges that are read from the store, at most once a second however many ask. While the store cannot be read they stay at what was read
/// last, and <c>livechat.store.up</c> is 0. Thread-safe.
/// </summary>
internal sealed class StoreReadings
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    /// <summary>How old a reading may be for whoever cannot wait for a new one.</summary>
    private static readonly TimeSpan Usable = TimeSpan.FromSeconds(5);

    private static readonly ConversationStatus[] Statuses = Enum.GetValues<ConversationStatus>();

    private readonly IStoreTotals _totals;
    private readonly IStoreHealth _health;
    private readonly TimeProvider _clock;

    // Guarded by _gate. Ages go by the real time, whatever clock the product is given.
    private readonly Lock _gate = new();
    private Task _reading = Task.CompletedTask;
    private long? _readAt;
    private StoreTotals _last = new(Statuses.ToDictionary(status => status, _ => 0L), OldestQueuedAt: null);
    private bool _isUp;

    public StoreReadings(IStoreTotals totals, IStoreHealth health, IMeterFactory meters, TimeProvider clock)
    {
        (_totals, _health, _clock) = (totals, health, clock);
        var meter = meters.Create(ChatMeter.Name);
        meter.CreateObservableUpDownCounter("livechat.conversations", ReadConversations, "{conversation}", "Conversations in the store, by status.");
        meter.CreateObservableUpDownCounter("livechat.queue.length", () => Read().Totals.Conversations[ConversationStatus.Queued], "{conversation}", "Customers who wait for an agent.");
        meter.CreateObservableGauge("livechat.queue.oldest_wait", ReadOldestWait, "s", "How long whoever has waited longest waits since entering the queue last; 0 when nobody does.");
        meter.CreateObservableGauge("livechat.store.up", () => Read().IsUp ? 1 : 0, description: "1 while the store can be read and written, else 0.");
    }

    /// <summary>Completes when what is read is at most a second old, or cannot be read.</summary>
    public Task RefreshAsync()
    {
        lock (_gate)
        {
            if (_reading.IsCompleted && !IsYounger(Fresh))
                _reading = ReadAsync();
            return _reading;
        }
    }

    private async Task ReadAsync()
    {
        // Off the caller's thread, which holds the gate.
        await Task.Yield();
        StoreTotals? totals = null;
        var isUp = false;
        try
        {
            totals = await _totals.ReadTotalsAsync(CancellationToken.None);
            await _health.CheckAsync(CancellationToken.None);
            isUp = true;
        }
        catch (Exception)
        {
            // Whatever it is: whoever looks sees that it is down, and the store has said why in the log.
        }

        lock (_gate)
            (_last, _isUp, _readAt) = (totals ?? _last, isUp, TimeProvider.System.GetTimestamp());
    }

    /// <summary>
    /// What an instrument shows. Whoever scrapes has had it read before; an exporter asks on a thread of its own, which may wait.
    /// </summary>
    private (StoreTotals Totals, bool IsUp) Read()
    {
        bool isUsable;
        lock (_gate)
            isUsable = IsYounger(Usable);
        if (!isUsable)
            RefreshAsync().Wait(Usable);
        lock (_gate)
            return (_last, _isUp);
    }

    private bool IsYounger(TimeSpan age) => _readAt is { } at && TimeProvider.System.GetElapsedTime(at) < age;

    private IEnumerable<Measurement<long>> ReadConversations()
    {
        var counts = Read().Totals.Conversations;
        return Statuses.Select(status => new Measurement<long>(counts[status], new KeyValuePair<string, object?>("status", Words.Of(status))));
    }

    private double ReadOldestWait() =>
        Read().Totals.OldestQueuedAt is { } since ? Math.Max(0, (_clock.GetUtcNow() - since).TotalSeconds) : 0;
}
