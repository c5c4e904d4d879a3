using LiveChat.Server.Logging;

namespace LiveChat.Server.Realtime.Bus;

/// <summary>Tells the operator what one way between servers failed to do: few lines with a count, however often it fails. Thread-safe.</summary>
internal sealed class BusFaults : IDisposable
{
    private readonly Lock _gate = new();
    private readonly BusCounts _counts;
    private readonly PacedLine _failed;
    private readonly PacedLine _dropped;
    private string _reason = "";

    public BusFaults(ILogger log, BusCounts counts, TimeProvider clock)
    {
        _counts = counts;
        _failed = new PacedLine(_gate, clock, times => BusLog.Failed(log, counts.Transport, times, _reason));
        _dropped = new PacedLine(_gate, clock, items => BusLog.Dropped(log, counts.Transport, items));
    }

    /// <summary>Something did not work, and is tried again or given up.</summary>
    public void Failed(Exception exception)
    {
        lock (_gate)
        {
            _reason = (exception.InnerException ?? exception).Message;
            _failed.Add(1);
        }
    }

    /// <summary>Items are lost to the other servers, or to this one.</summary>
    public void Dropped(int items)
    {
        _counts.AddDropped(items);
        _dropped.Add(items);
    }

    public void Dispose()
    {
        _failed.Dispose();
        _dropped.Dispose();
    }
}
