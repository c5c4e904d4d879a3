using LiveChat.Server.Logging;

namespace LiveChat.Server.Wire;

/// <summary>
/// Tells the operator of calls whose outcome is not known, however many there are: few lines with their number and their trace ids.
/// A line names at most <see cref="MostTraces"/>; whoever comes after those is told the first one of the line instead of its own, so that
/// every caller's id is found. Thread-safe.
/// </summary>
internal sealed class UnknownOutcomes : IDisposable
{
    private const int MostTraces = 20;

    private readonly Lock _gate = new();
    private readonly PacedLine _line;
    private readonly List<string> _traces = new(MostTraces);
    private string _reason = "";

    public UnknownOutcomes(ILogger log, TimeProvider clock) => _line = new PacedLine(_gate, clock, calls =>
    {
        FaultLog.OutcomeUnknown(log, calls, _reason, string.Join(", ", _traces));
        _traces.Clear();
    });

    /// <summary>Counts a call, and gives the trace id that its caller is told.</summary>
    public string Add(string traceId, Exception exception)
    {
        lock (_gate)
        {
            _reason = (exception.InnerException ?? exception).Message;
            if (_traces.Count < MostTraces)
                _traces.Add(traceId);
            else
                traceId = _traces[0];
            _line.Add(1);
            return traceId;
        }
    }

    public void Dispose() => _line.Dispose();
}
