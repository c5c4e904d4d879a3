using System.Diagnostics;

namespace LiveChat.Bench;

/// <summary>What a load has done so far. Thread-safe.</summary>
internal sealed class Results
{
    // Of 10 µs each, up to a second; what takes longer is in the last.
    private readonly long[] _latencies = new long[100_000];
    private long _acknowledged;
    private volatile bool _stopped;
    private volatile string? _fault;

    public bool Stopped => _stopped;

    public long Count => Interlocked.Read(ref _acknowledged);

    public void Acknowledged() => Interlocked.Increment(ref _acknowledged);

    public void Delivered(long ticks)
    {
        var slot = Math.Min(_latencies.Length - 1, ticks * 100_000 / Stopwatch.Frequency);
        Interlocked.Increment(ref _latencies[slot]);
    }

    public void Fail(string fault)
    {
        _fault = fault;
        _stopped = true;
    }

    public void ThrowIfFailed()
    {
        if (_fault is { } fault)
            throw new InvalidOperationException(fault);
    }

    /// <summary>Forgets the latencies so far: those of the warm-up.</summary>
    public void Reset() => Array.Clear(_latencies);

    public void Stop() => _stopped = true;

    /// <summary>In milliseconds.</summary>
    public double Percentile(double share)
    {
        var left = (long)(_latencies.Sum() * share);
        for (var slot = 0; slot < _latencies.Length; slot++)
        {
            left -= _latencies[slot];
            if (left < 0)
                return (slot + 1) / 100.0;
        }

        return double.NaN;
    }
}
