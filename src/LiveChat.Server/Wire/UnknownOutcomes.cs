namespace LiveChat.Server.Wire;

/// <summary>
/// Tells the operator of calls whose outcome is not known, however many there are: one line a second with their number and their trace ids.
/// A line names at most <see cref="MostTraces"/>; whoever comes after those is told the first one of the line instead of its own, so that
/// every caller's id is found. Thread-safe.
/// </summary>
internal sealed class UnknownOutcomes(ILogger log, TimeProvider clock) : IDisposable
{
    private const int MostTraces = 20;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly List<string> _traces = new(MostTraces);
    private ITimer? _pause;
    private int _calls;
    private string _reason = "";

    /// <summary>Counts a call, and gives the trace id that its caller is told.</summary>
    public string Add(string traceId, Exception exception)
    {
        lock (_gate)
        {
            (_calls, _reason) = (_calls + 1, (exception.InnerException ?? exception).Message);
            if (_traces.Count < MostTraces)
                _traces.Add(traceId);
            else
                traceId = _traces[0];
            if (_pause is null)
                SayAndPause();
            return traceId;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _pause?.Dispose();
            if (_calls > 0)
                Say();
        }
    }

    private void EndPause()
    {
        lock (_gate)
        {
            _pause?.Dispose();
            _pause = null;
            if (_calls > 0)
                SayAndPause();
        }
    }

    private void SayAndPause()
    {
        Say();
        _pause = clock.CreateTimer(_ => EndPause(), null, Interval, Timeout.InfiniteTimeSpan);
    }

    private void Say()
    {
        FaultLog.OutcomeUnknown(log, _calls, _reason, string.Join(", ", _traces));
        _calls = 0;
        _traces.Clear();
    }
}
