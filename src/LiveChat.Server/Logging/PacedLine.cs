namespace LiveChat.Server.Logging;

/// <summary>
/// Says what happens again and again in few lines with a count: the first time at once, what comes within the second after it at its end,
/// then after two, four, … seconds up to a minute while it goes on. After a silence of two such pauses it begins anew. Thread-safe.
/// </summary>
/// <param name="gate">Held while the line is said, so that its owner may keep what else the line says under the same lock.</param>
/// <param name="clock">What the pauses go by.</param>
/// <param name="say">Says the line; given how many there were since the last one.</param>
internal sealed class PacedLine(Lock gate, TimeProvider clock, Action<int> say) : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private TimeSpan _length;
    private long _said;
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
        var goesOn = _length > TimeSpan.Zero && clock.GetElapsedTime(_said) <= _length * 2;
        _length = !goesOn ? FirstPause : _length * 2 < LongestPause ? _length * 2 : LongestPause;
        _said = clock.GetTimestamp();
        Say();
        _pause = clock.CreateTimer(_ => EndPause(), null, _length, Timeout.InfiniteTimeSpan);
    }

    private void Say()
    {
        say(_count);
        _count = 0;
    }
}
