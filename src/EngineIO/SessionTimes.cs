namespace EngineIO;

/// <summary>
/// When a session's ping, the answer to it, or its one deadline is due; in milliseconds of the server's clock. Not thread-safe: the
/// session's gate owns it.
/// </summary>
internal struct SessionTimes(long now)
{
    private const long Never = long.MaxValue;

    // The next ping is due PingInterval after the last sign of life.
    private long _lastAlive = now;
    private long _pingSent = -1;

    /// <summary>When the deadline is.</summary>
    public long Deadline { get; private set; } = Never;

    /// <summary>Why the session ends then.</summary>
    public CloseReason DeadlineReason { get; private set; }

    /// <summary>Sets the deadline, in place of the one before.</summary>
    public void SetDeadline(long deadline, CloseReason reason) => (Deadline, DeadlineReason) = (deadline, reason);

    public void ClearDeadline() => Deadline = Never;

    /// <summary>The client has given a sign of life.</summary>
    public void Alive(long now) => (_lastAlive, _pingSent) = (now, -1);

    /// <summary>When the client is taken for dead.</summary>
    public readonly long DeadAt(EngineServer server) => _pingSent >= 0
        ? _pingSent + server.PingTimeout
        : _lastAlive + server.PingInterval + server.PingTimeout;

    /// <summary>Whether the server's ping is due (revision 4); then it is taken for sent.</summary>
    public bool TryPing(EngineServer server, long now)
    {
        var due = _lastAlive + server.PingInterval;
        if (_pingSent >= 0 || now < due)
            return false;

        // Counted from when it was due, so that a client may rely on the sum; unless this server was late itself.
        _pingSent = now - due <= 2 * server.Wheel.Tick ? due : now;
        return true;
    }

    /// <summary>When to look again.</summary>
    /// <param name="server">Has the intervals.</param>
    /// <param name="sendsPings">Whether it is this side that sends pings (revision 4).</param>
    public readonly long NextDue(EngineServer server, bool sendsPings) =>
        Math.Min(sendsPings && _pingSent < 0 ? _lastAlive + server.PingInterval : DeadAt(server), Deadline);
}
