using LiveChat.Server.Logging;

namespace LiveChat.Server.Realtime;

/// <summary>
/// Tells the operator that the way to the sockets cannot read or write the store, however many conversations wait for it: one line a second
/// with a count. Thread-safe.
/// </summary>
internal sealed class ReadFaults : IDisposable
{
    private readonly Lock _gate = new();
    private readonly PacedLine _line;
    private string _reason = "";

    public ReadFaults(ILogger<ReadFaults> log, TimeProvider clock) =>
        _line = new PacedLine(_gate, clock, times => RealtimeLog.StoreUnread(log, times, _reason));

    public void Add(Exception exception)
    {
        lock (_gate)
        {
            _reason = (exception.InnerException ?? exception).Message;
            _line.Add(1);
        }
    }

    public void Dispose() => _line.Dispose();
}
