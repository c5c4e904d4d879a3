namespace SocketIO;

/// <summary>
/// Counts the sockets whose end has not been handled yet, so that a server that stops can wait for what it has received, and
/// holds the token that tells their handlers when that wait is over. Thread-safe.
/// </summary>
internal sealed class RunningSockets : IDisposable
{
    private readonly CancellationTokenSource _stopped = new();
    private TaskCompletionSource? _empty;
    private int _count;

    /// <summary>Cancelled when handlers are to give up: the server stops, and has waited for them.</summary>
    public CancellationToken Token => _stopped.Token;

    public void Enter() => Interlocked.Increment(ref _count);

    public void Leave()
    {
        if (Interlocked.Decrement(ref _count) == 0)
            Volatile.Read(ref _empty)?.TrySetResult();
    }

    /// <summary>Waits for the last socket's end to be handled, for no longer than the limit or the token says; then cancels <see cref="Token"/>.</summary>
    public async Task StopAsync(TimeSpan limit, TimeProvider time, CancellationToken hurry)
    {
        var empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _empty, empty);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _count) == 0)
            empty.TrySetResult();
        try
        {
            await empty.Task.WaitAsync(limit, time, hurry);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            // The time is up: the handlers that still run are cancelled below.
        }

        await _stopped.CancelAsync();
    }

    public void Dispose() => _stopped.Cancel();
}
