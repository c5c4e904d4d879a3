namespace EngineIO;

/// <summary>
/// One timer for all sessions: a hashed wheel of intrusive lists. A session is looked at when its earliest deadline may
/// have come and says itself when to look again, so that a heartbeat that was answered costs nothing here.
/// </summary>
internal sealed class HeartbeatWheel : IDisposable
{
    public const int Unscheduled = -1;
    private const int Removed = -2;
    private const int Slots = 512;

    private readonly Session?[] _slots = new Session?[Slots];
    private readonly Lock _lock = new();
    private readonly List<Session> _due = [];
    private readonly ITimer _timer;
    private readonly Func<long> _now;
    private readonly Action<Exception> _onFault;
    private long _position;
    private int _turning;

    /// <param name="time">What makes it turn.</param>
    /// <param name="tick">The resolution.</param>
    /// <param name="now">The time that sessions are scheduled by, in milliseconds.</param>
    /// <param name="onFault">Called with the exception when a session throws.</param>
    public HeartbeatWheel(TimeProvider time, TimeSpan tick, Func<long> now, Action<Exception> onFault)
    {
        (_now, _onFault) = (now, onFault);
        Tick = Math.Max(1, (long)tick.TotalMilliseconds);
        _position = now() / Tick;
        _timer = time.CreateTimer(static wheel => ((HeartbeatWheel)wheel!).Turn(), this, tick, tick);
    }

    /// <summary>The resolution, in milliseconds.</summary>
    public long Tick { get; }

    /// <summary>Calls <see cref="Session.OnDue"/> at the given time, rounded up to the resolution. If an earlier time is set already, that one stays.</summary>
    public void Schedule(Session session, long due)
    {
        lock (_lock)
        {
            if (session.WheelSlot == Removed)
                return;
            if (session.WheelSlot != Unscheduled)
            {
                if (session.WheelDue <= due)
                    return;
                Unlink(session);
            }

            // Round up to the tick that ends after the due time, and never choose a slot that the wheel has passed already.
            var slot = (int)(Math.Max((due + Tick - 1) / Tick, _position + 1) % Slots);
            session.WheelDue = due;
            session.WheelSlot = slot;
            session.WheelPrevious = null;
            session.WheelNext = _slots[slot];
            if (session.WheelNext is { } next)
                next.WheelPrevious = session;
            _slots[slot] = session;
        }
    }

    /// <summary>Forgets a session for good.</summary>
    public void Remove(Session session)
    {
        lock (_lock)
        {
            if (session.WheelSlot >= 0)
                Unlink(session);
            session.WheelSlot = Removed;
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Turn()
    {
        // If a turn takes longer than a tick, skip the next one. A later turn finds what is due.
        if (Interlocked.Exchange(ref _turning, 1) == 1)
            return;

        try
        {
            var now = _now();
            Collect(now);
            foreach (var session in _due)
                Look(session, now);
        }
        finally
        {
            _due.Clear();
            Volatile.Write(ref _turning, 0);
        }
    }

    private void Look(Session session, long now)
    {
        long next;
        try
        {
            next = session.OnDue(now);
        }
        catch (Exception exception)
        {
            // Go on with the other sessions, and look at this one again unless it has ended.
            next = now + Tick;
            _onFault(exception);
        }

        if (next >= 0)
            Schedule(session, next);
    }

    private void Collect(long now)
    {
        lock (_lock)
        {
            var target = now / Tick;
            // After a pause longer than one revolution each slot is visited once.
            var steps = Math.Min(target - _position, Slots);
            _position = target - steps;
            for (; _position < target; _position++)
            {
                var slot = (int)((_position + 1) % Slots);
                for (var session = _slots[slot]; session is not null;)
                {
                    var next = session.WheelNext;
                    if (session.WheelDue <= now)
                    {
                        Unlink(session);
                        _due.Add(session);
                    }

                    session = next;
                }
            }
        }
    }

    private void Unlink(Session session)
    {
        if (session.WheelPrevious is { } previous)
            previous.WheelNext = session.WheelNext;
        else
            _slots[session.WheelSlot] = session.WheelNext;

        if (session.WheelNext is { } next)
            next.WheelPrevious = session.WheelPrevious;
        session.WheelNext = session.WheelPrevious = null;
        session.WheelSlot = Unscheduled;
    }
}
