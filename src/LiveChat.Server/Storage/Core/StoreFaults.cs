using LiveChat.Server.Logging;

namespace LiveChat.Server.Storage.Core;

/// <summary>Tells the operator that the store fails, however many calls it fails: few lines with a count. Thread-safe.</summary>
internal sealed class StoreFaults : IDisposable
{
    private readonly Lock _gate = new();
    private readonly PacedLine _line;
    private string _reason = "";

    public StoreFaults(ILogger log, TimeProvider clock) => _line = new PacedLine(_gate, clock, calls => StoreLog.Failed(log, calls, _reason));

    public void Failed(int calls, Exception exception) => Add(calls, (exception.InnerException ?? exception).Message);

    public void Stalled(int calls, TimeSpan timeout, string? interruption) =>
        Add(calls, interruption is null ? $"it did not answer within {timeout}" : $"it was interrupted for {timeout}: {interruption}");

    public void Dispose() => _line.Dispose();

    private void Add(int calls, string reason)
    {
        lock (_gate)
        {
            _reason = reason;
            _line.Add(calls);
        }
    }
}
