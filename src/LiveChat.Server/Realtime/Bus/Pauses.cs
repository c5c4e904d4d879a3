namespace LiveChat.Server.Realtime.Bus;

/// <summary>Pauses between attempts: growing to a second, and random, so that servers which lost the same engine do not come back as one.</summary>
internal sealed class Pauses(TimeProvider clock)
{
    private const int LongestInMilliseconds = 1000;

    private int _longest = 50;

    /// <summary>It worked: the next pause is short.</summary>
    public void Reset() => _longest = 50;

    /// <summary>Ends early, and without a fault, when it is cancelled.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        var pause = TimeSpan.FromMilliseconds(Random.Shared.Next(_longest / 2, _longest));
        _longest = Math.Min(_longest * 2, LongestInMilliseconds);
        await Task.Delay(pause, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
