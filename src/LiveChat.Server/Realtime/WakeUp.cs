namespace LiveChat.Server.Realtime;

/// <summary>Wakes the one who waits; what is said while that one is at work is said once, at the next wait. Thread-safe.</summary>
internal sealed class WakeUp : IDisposable
{
    private readonly SemaphoreSlim _said = new(0, 1);
    private readonly Lock _gate = new();

    public void Set()
    {
        lock (_gate)
        {
            if (_said.CurrentCount == 0)
                _said.Release();
        }
    }

    /// <summary>Whether it was woken within the time, by the real clock.</summary>
    public Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => _said.WaitAsync(atMost, cancellationToken);

    public void Dispose() => _said.Dispose();
}
