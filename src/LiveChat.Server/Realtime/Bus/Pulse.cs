namespace LiveChat.Server.Realtime.Bus;

/// <summary>
/// Whether a way is alive: a server sends itself a beat every <see cref="Interval"/>, and a beat that has not come back after
/// <see cref="Limit"/> means that it is not. An engine that stalls raises no error, and is found by this alone. Thread-safe.
/// </summary>
internal sealed class Pulse(TimeProvider clock)
{
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();

    // When each beat that did not come back was sent, the oldest first.
    private readonly Queue<long> _sent = [];

    // Beats from before this do not count. Dead until the first one is back.
    private long _since = long.MinValue;
    private bool _isDead = true;

    public bool IsAlive
    {
        get
        {
            lock (_gate)
                return !_isDead && (_sent.Count == 0 || clock.GetElapsedTime(_sent.Peek()) < Limit);
        }
    }

    /// <summary>For how long a beat has been on its way.</summary>
    public TimeSpan Silence
    {
        get
        {
            lock (_gate)
                return _sent.Count == 0 ? TimeSpan.Zero : clock.GetElapsedTime(_sent.Peek());
        }
    }

    /// <summary>A beat is sent; gives what it carries.</summary>
    public long Beat()
    {
        var now = clock.GetTimestamp();
        lock (_gate)
        {
            // The oldest says how late it is; a way that is silent for long needs no more of them.
            if (_sent.Count < 64)
                _sent.Enqueue(now);
        }

        return now;
    }

    /// <summary>A beat is back.</summary>
    public void Echo(long beat)
    {
        lock (_gate)
        {
            if (beat <= _since)
                return;

            _isDead = false;
            while (_sent.Count > 0 && _sent.Peek() <= beat)
                _sent.Dequeue();
        }
    }

    /// <summary>The way is known to be broken: it is dead until a beat that is sent from now on comes back.</summary>
    public void Break()
    {
        lock (_gate)
        {
            (_isDead, _since) = (true, clock.GetTimestamp());
            _sent.Clear();
        }
    }
}
