using LiveChat.Server.Logging;

namespace LiveChat.Server.Realtime;

/// <summary>
/// Tells the operator that the way to the sockets cannot read or write the store, however many conversations wait for it: few lines
/// with a count. Thread-safe.
/// </summary>
internal sealed class ReadFaults : IDisposable
{
    private readonly Lock _gate = new();
    private readonly PacedLine _line;
    private readonly PacedLine _nameTaken;
    private string _reason = "";
    private string _name = "";

    public ReadFaults(ILogger<ReadFaults> log, TimeProvider clock)
    {
        _line = new PacedLine(_gate, clock, times => RealtimeLog.StoreUnread(log, times, _reason));
        _nameTaken = new PacedLine(_gate, clock, times => RealtimeLog.NameTaken(log, _name, times));
    }

    public void Add(Exception exception)
    {
        lock (_gate)
        {
            _reason = (exception.InnerException ?? exception).Message;
            _line.Add(1);
        }
    }

    /// <summary>Another server that lives says that it is this one.</summary>
    public void AddNameTaken(string name)
    {
        lock (_gate)
        {
            _name = name;
            _nameTaken.Add(1);
        }
    }

    public void Dispose()
    {
        _line.Dispose();
        _nameTaken.Dispose();
    }
}
