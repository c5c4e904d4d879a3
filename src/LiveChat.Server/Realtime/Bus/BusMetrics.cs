using System.Diagnostics.Metrics;

namespace LiveChat.Server.Realtime.Bus;

/// <summary>What passes between servers, for each way. Thread-safe.</summary>
internal sealed class BusMetrics
{
    private readonly Lock _gate = new();
    private readonly List<BusCounts> _counts = [];

    public BusMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(ChatMeter.Name);
        Count("livechat.bus.published", counts => counts.Published, "Entries, signals and notices that the engine took.");
        Count("livechat.bus.received", counts => counts.Received, "Entries, signals and notices that came from other servers.");
        Count("livechat.bus.dropped", counts => counts.Dropped, "What could not be sent or kept: it is read from the store instead.");
        Count("livechat.bus.skipped", counts => counts.Skipped, "What came from other servers and is unknown to this version.");

        void Count(string name, Func<BusCounts, long> read, string description) =>
            meter.CreateObservableCounter(name, () => Read(read), "{item}", description);
    }

    /// <summary>The counts of a way.</summary>
    public BusCounts Of(string transport)
    {
        lock (_gate)
        {
            var counts = _counts.Find(known => known.Transport == transport);
            if (counts is null)
                _counts.Add(counts = new BusCounts(transport));
            return counts;
        }
    }

    private List<Measurement<long>> Read(Func<BusCounts, long> read)
    {
        lock (_gate)
            return [.. _counts.Select(counts => new Measurement<long>(read(counts), new KeyValuePair<string, object?>("transport", counts.Transport)))];
    }
}

/// <summary>What passed one way. Thread-safe.</summary>
internal sealed class BusCounts(string transport)
{
    private long _published, _received, _dropped, _skipped;

    public string Transport { get; } = transport;

    public long Published => Interlocked.Read(ref _published);

    public long Received => Interlocked.Read(ref _received);

    public long Dropped => Interlocked.Read(ref _dropped);

    public long Skipped => Interlocked.Read(ref _skipped);

    public void AddPublished(int items) => Interlocked.Add(ref _published, items);

    public void AddReceived(int items) => Interlocked.Add(ref _received, items);

    public void AddDropped(int items) => Interlocked.Add(ref _dropped, items);

    public void AddSkipped(int items) => Interlocked.Add(ref _skipped, items);
}
