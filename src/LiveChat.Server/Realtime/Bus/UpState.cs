namespace LiveChat.Server.Realtime.Bus;

/// <summary>Whether a transport carries. Thread-safe; each change is said once, and one after the other.</summary>
/// <param name="look">Whether it carries now.</param>
/// <param name="changed">Called with what it is from now on.</param>
internal sealed class UpState(Func<bool> look, Action<bool> changed)
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _up = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isUp;

    /// <summary>As it was when it was looked at last.</summary>
    public bool IsUp => _isUp;

    public void Look()
    {
        lock (_gate)
        {
            var isUp = look();
            if (isUp == _isUp)
                return;

            _isUp = isUp;
            changed(isUp);
            if (isUp)
                _up.TrySetResult();
        }
    }

    /// <summary>Waits until it carried for the first time, and not longer than <paramref name="limit"/>.</summary>
    public async Task WaitAsync(TimeSpan limit, TimeProvider clock, CancellationToken cancellationToken)
    {
        await Task.WhenAny(_up.Task, Task.Delay(limit, clock, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
    }
}
