namespace EngineIO.Epoll;

/// <summary>
/// All that connections have been given to send and their clients have not taken: bounded in bytes and in time. Where either is
/// passed, connections are cut, first those whose clients have taken nothing for the longest.
/// </summary>
internal sealed class SendBacklogs : IDisposable
{
    private readonly long _maxBytes;
    private readonly TimeSpan _timeout;
    private readonly TimeSpan _pace;
    private readonly TimeProvider _clock;
    private readonly EpollMetrics _metrics;
    private readonly Log _log;
    private readonly LogPace _logPace;
    private readonly Lock _lock = new();
    private readonly Dictionary<SendBacklog, int> _sizes = [];
    private readonly ITimer _timer;
    private long _bytes;
    private bool _watching;

    public SendBacklogs(EpollOptions options, EpollMetrics metrics, Log log, TimeProvider clock)
    {
        (_maxBytes, _timeout, _clock, _metrics, _log) = (options.MaxUnsentBytes, options.SendTimeout, clock, metrics, log);
        _pace = TimeSpan.FromTicks(Math.Clamp(_timeout.Ticks / 4, TimeSpan.FromMilliseconds(10).Ticks, TimeSpan.FromSeconds(1).Ticks));
        _logPace = new LogPace(clock, TimeSpan.FromSeconds(10));
        _timer = clock.CreateTimer(static backlogs => ((SendBacklogs)backlogs!).CutStalled(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public long Now => _clock.GetTimestamp();

    /// <summary>Counts a new backlog, or the new size of one that is counted already.</summary>
    public void Set(SendBacklog backlog, int size)
    {
        List<SendBacklog>? cut = null;
        lock (_lock)
        {
            Add(size - _sizes.GetValueOrDefault(backlog));
            _sizes[backlog] = size;
            if (!_watching)
            {
                _watching = true;
                _timer.Change(_pace, Timeout.InfiniteTimeSpan);
            }

            if (_bytes > _maxBytes)
            {
                // Cut a little more than needed, so that the next ones do not each have to sort the whole list.
                foreach (var each in _sizes.Keys.OrderBy(static each => each.LastTaken).ToArray())
                {
                    Forget(each);
                    (cut ??= []).Add(each);
                    if (_bytes <= _maxBytes - (_maxBytes / 16))
                        break;
                }
            }
        }

        foreach (var each in cut ?? [])
            Cut(each, "bytes of all together");
    }

    /// <summary>Counts a backlog no longer.</summary>
    public void Remove(SendBacklog backlog)
    {
        lock (_lock)
            Forget(backlog);
    }

    public void Dispose() => _timer.Dispose();

    private void Forget(SendBacklog backlog)
    {
        if (_sizes.Remove(backlog, out var size))
            Add(-size);
    }

    private void Add(int change)
    {
        _bytes += change;
        _metrics.Unsent(change);
    }

    private void CutStalled()
    {
        SendBacklog[] stalled;
        lock (_lock)
        {
            foreach (var each in _sizes.Keys)
                each.Look();

            stalled = [.. _sizes.Keys.Where(each => _clock.GetElapsedTime(each.LastTaken) >= _timeout)];
            foreach (var each in stalled)
                Forget(each);
            _watching = _sizes.Count > 0;
            if (_watching)
                _timer.Change(_pace, Timeout.InfiniteTimeSpan);
        }

        foreach (var each in stalled)
            Cut(each, "time");
    }

    private void Cut(SendBacklog backlog, string reason)
    {
        backlog.Cut();
        _metrics.Cut(reason);
        if (_logPace.IsDue(out var count))
            _log.Cut(count, reason);
    }
}
