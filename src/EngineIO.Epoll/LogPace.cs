namespace EngineIO.Epoll;

/// <summary>Lets a line into the log at most so often, and counts what it stands for. Thread-safe.</summary>
internal sealed class LogPace(TimeProvider clock, TimeSpan pace)
{
    private readonly Lock _lock = new();
    private long _last;
    private bool _spoken;
    private long _count;

    /// <summary>Counts one; true when a line is due, which stands for all that were counted since the last.</summary>
    public bool IsDue(out long count)
    {
        lock (_lock)
        {
            count = ++_count;
            if (_spoken && clock.GetElapsedTime(_last) < pace)
                return false;
            (_spoken, _last, _count) = (true, clock.GetTimestamp(), 0);
            return true;
        }
    }
}
