namespace LiveChat.Server.Logging;

/// <summary>
/// Says what happens again and again in one line a second with a count: the first time at once, and what comes within the second after it
/// at its end. Thread-safe.
/// </summary>
/// <param name="gate">Held while the line is said, so that its owner may keep what else the line says under the same lock.</param>
/// <param name="clock">What the second goes by.</param>
/// <param name="say">Says the line; given how many there were since the last one.</param>
internal sealed class PacedLine(Lock gate, TimeProvider clock, Action<int> say) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private ITimer? _pause;
    private int _count;

    public void Add(int count)
    {
        lock (gate)
        {
            _count += count;
            if (_pause is null)
                SayAndPause();
        }
    }

    /// <summary>Says what was not said yet.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            _pause?.Dispose();
            if (_count > 0)
                Say();
        }
    }

    private void EndPause()
    {
        lock (gate)
        {
            _pause?.Dispose();
            _pause = null;
            if (_count > 0)
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
        say(_count);
        _count = 0;
    }
}
