namespace EngineIO;

/// <summary>Says once a minute, with a hint, that clients ask for sessions which are not here.</summary>
internal sealed class UnknownSessionWatch(Log log)
{
    private const long Minute = 60_000;
    private const int Tolerated = 10;

    private readonly Lock _lock = new();
    private long _began = -Minute;
    private long _count;

    public void Seen(long now)
    {
        lock (_lock)
        {
            if (now - _began >= Minute)
            {
                // A few are normal: clients that come back after a restart.
                if (_count > Tolerated)
                    log.UnknownSessions(_count);
                _began = now;
                _count = 0;
            }

            _count++;
        }
    }
}
