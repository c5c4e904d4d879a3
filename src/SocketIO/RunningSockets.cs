namespace SocketIO;

/// <summary>
/// Counts the sockets whose end has not been handled yet, so that a server that stops can wait for what it has received, and
/// holds the token that tells their handlers when that wait is over. Bounds what ended sockets have left to be handled: a client
/// may come, send and leave again and again. Thread-safe.
/// </summary>
/// <param name="maxLeftBytes">The bound, for all ended sockets together.</param>
internal sealed class RunningSockets(long maxLeftBytes) : IDisposable
{
    private readonly CancellationTokenSource _stopped = new();
    private TaskCompletionSource? _empty;
    private int _count;
    private long _leftBytes;

    /// <summary>Cancelled when handlers are to give up: the server stops, and has waited for them.</summary>
    public CancellationToken Token => _stopped.Token;

    /// <summary>Bytes of what ended sockets have left to be handled.</summary>
    public long LeftBytes => Interlocked.Read(ref _leftBytes);

    public void Enter() => Interlocked.Increment(ref _count);

    public void Leave()
    {
        if (Interlocked.Decrement(ref _count) == 0)
            Volatile.Read(ref _empty)?.TrySetResult();
    }

    /// <summary>Counts events that an ended socket has left. False when that would be too much; then nothing is counted.</summary>
    public bool TryKeep(long bytes)
    {
        if (Interlocked.Add(ref _leftBytes, bytes) <= maxLeftBytes)
            return true;
        Release(bytes);
        return false;
    }

    /// <summary>Those events have been handled.</summary>
    public void Release(long bytes) => Interlocked.Add(ref _leftBytes, -bytes);

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
