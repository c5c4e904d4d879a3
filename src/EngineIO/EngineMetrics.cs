using System.Diagnostics.Metrics;

namespace EngineIO;

/// <summary>The meter <c>EngineIO</c>.</summary>
internal sealed class EngineMetrics
{
    public const string MeterName = "EngineIO";

    private readonly UpDownCounter<long> _active;
    private readonly Counter<long> _opened;
    private readonly Counter<long> _closed;
    private readonly Counter<long> _upgraded;
    private readonly Counter<long> _upgradesFailed;
    private readonly Counter<long> _refused;

    // The same counts for the layer above, to be read at any time.
    private readonly long[] _closedCounts = new long[Enum.GetValues<CloseReason>().Length];
    private readonly Dictionary<EngineError, Counted> _refusedCounts = EngineError.OfHandshakes.Append(EngineError.UnknownSession).ToDictionary(error => error, _ => new Counted());
    private long _openedCount;

    public EngineMetrics(IMeterFactory factory)
    {
        var meter = factory.Create(MeterName);
        _active = meter.CreateUpDownCounter<long>("engineio.sessions.active", "{session}", "Sessions that are open now.");
        _opened = meter.CreateCounter<long>("engineio.sessions.opened", "{session}", "Handshakes served, by transport and revision.");
        _closed = meter.CreateCounter<long>("engineio.sessions.closed", "{session}", "Sessions that ended, by reason.");
        _upgraded = meter.CreateCounter<long>("engineio.upgrades", "{upgrade}", "Sessions that moved from polling to WebSocket.");
        _upgradesFailed = meter.CreateCounter<long>("engineio.upgrades.failed", "{upgrade}", "WebSockets that did not come to serve the session they were opened for, by reason.");
        _refused = meter.CreateCounter<long>("engineio.requests.refused", "{request}", "Requests answered with an error, by its code.");
    }

    public long OpenedCount => Interlocked.Read(ref _openedCount);

    public long RefusedCount(EngineError error) => Interlocked.Read(ref _refusedCounts[error].Value);

    public long ClosedCount(CloseReason reason) => Interlocked.Read(ref _closedCounts[(int)reason]);

    public void Opened(string transport, int revision)
    {
        Interlocked.Increment(ref _openedCount);
        _active.Add(1);
        _opened.Add(1, new("transport", transport), new("revision", revision));
    }

    public void Closed(CloseReason reason)
    {
        Interlocked.Increment(ref _closedCounts[(int)reason]);
        _active.Add(-1);
        _closed.Add(1, new KeyValuePair<string, object?>("reason", reason.ToCanonical()));
    }

    public void Upgraded() => _upgraded.Add(1);

    public void UpgradeFailed(UpgradeFailure reason) => _upgradesFailed.Add(1, new KeyValuePair<string, object?>("reason", reason.ToCanonical()));

    public void Refused(EngineError error)
    {
        Interlocked.Increment(ref _refusedCounts[error].Value);
        _refused.Add(1, new KeyValuePair<string, object?>("error", error.ToString()));
    }

    private sealed class Counted
    {
        public long Value;
    }
}
