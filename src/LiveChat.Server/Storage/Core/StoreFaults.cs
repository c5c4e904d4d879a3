namespace LiveChat.Server.Storage.Core;

/// <summary>Tells the operator that the store fails, however many calls it fails: one line a second with a count. Thread-safe.</summary>
internal sealed class StoreFaults(ILogger log, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private ITimer? _pause;
    private int _calls;
    private string _reason = "";

    public void Failed(int calls, Exception exception) => Add(calls, (exception.InnerException ?? exception).Message);

    public void Stalled(int calls, TimeSpan timeout) => Add(calls, $"it did not answer within {timeout}");

    public void Dispose()
    {
        lock (_gate)
        {
            Say();
            _pause?.Dispose();
        }
    }

    private void Add(int calls, string reason)
    {
        lock (_gate)
        {
            (_calls, _reason) = (_calls + calls, reason);
            if (_pause is not null)
                return;

            Say();
            _pause = clock.CreateTimer(_ => EndPause(), null, Interval, Timeout.InfiniteTimeSpan);
        }
    }

    private void EndPause()
    {
        lock (_gate)
        {
            _pause?.Dispose();
            _pause = null;
            if (_calls == 0)
                return;

            Say();
            _pause = clock.CreateTimer(_ => EndPause(), null, Interval, Timeout.InfiniteTimeSpan);
        }
    }

    private void Say()
    {
        if (_calls > 0)
            StoreLog.Failed(log, _calls, _reason);
        _calls = 0;
    }
}
