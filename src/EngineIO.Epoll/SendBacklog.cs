using System.IO.Pipelines;
using System.Threading.Tasks.Sources;

namespace EngineIO.Epoll;

/// <summary>
/// Bytes that the kernel did not take at once, from the moment it refused them until it has taken the last. The loop sends
/// them whenever it may, whether or not somebody waits for it; there is one at most who does.
/// </summary>
internal sealed class SendBacklog(EpollPipeWriter writer, EpollSocket socket, byte[] buffer, int start, int end) : IValueTaskSource<FlushResult>
{
    private readonly Lock _gate = new();
    private byte[]? _buffer = buffer;
    private int _start = start;
    private int _end = end;
    private long _lastTaken = socket.Services.Backlogs.Now;
    private int _queued;
    private volatile bool _cut;
    private bool _ended;
    private bool _failed;
    private bool _waiting;
    private TaskCompletionSource? _drained;
    private CancellationTokenRegistration _giveUp;
    private ManualResetValueTaskSourceCore<FlushResult> _wait;

    /// <summary>When the client was last seen to take something, by the clock of <see cref="SendBacklogs"/>.</summary>
    public long LastTaken => Volatile.Read(ref _lastTaken);

    /// <summary>Counts it among those of all connections. Called once, before others know it.</summary>
    public void Count() => socket.Services.Backlogs.Set(this, _buffer!.Length);

    /// <summary>Adds bytes behind those that wait; false when none do any more.</summary>
    public bool TryAppend(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_ended)
                return false;

            var size = _buffer!.Length;
            PooledBuffer.MakeRoom(ref _buffer, ref _start, ref _end, bytes.Length);
            bytes.CopyTo(_buffer.AsSpan(_end));
            _end += bytes.Length;
            if (_buffer!.Length != size && !_cut)
                socket.Services.Backlogs.Set(this, _buffer.Length);
            return true;
        }
    }

    /// <summary>
    /// Looks whether the client has taken something of what is queued in the kernel, which may hold much, and take nothing from here for
    /// long while a slow client reads. Called at intervals, by one thread at a time.
    /// </summary>
    public void Look()
    {
        var queued = socket.Queued();
        if (queued != _queued)
            Volatile.Write(ref _lastTaken, socket.Services.Backlogs.Now);
        _queued = queued;
    }

    /// <summary>Cuts the connection, since its client takes nothing: what waits is lost.</summary>
    public void Cut()
    {
        _cut = true;
        socket.Abort();
    }

    /// <summary>Completes when all is sent or lost, or the wait was given up.</summary>
    public ValueTask<FlushResult> WaitAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);

        short version;
        lock (_gate)
        {
            if (_ended)
                return new(Result);
            if (_waiting)
                throw new InvalidOperationException("A flush is waiting already.");

            _wait.Reset();
            _waiting = true;
            version = _wait.Version;
        }

        if (cancellationToken.CanBeCanceled)
        {
            _giveUp = cancellationToken.UnsafeRegister(
                static (state, token) => ((SendBacklog)state!).EndWait(new OperationCanceledException(token)), this);
        }

        // It may have been cancelled before anybody waited.
        CancelWait();
        return new(this, version);
    }

    /// <summary>Completes when all is sent or lost. Beside the flush that may wait for the same: any number of callers.</summary>
    public Task DrainAsync()
    {
        lock (_gate)
            return _ended ? Task.CompletedTask : (_drained ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    /// <summary>Sends what it can. Called on the thread of the loop.</summary>
    public void Continue()
    {
        lock (_gate)
        {
            while (!_ended && _start < _end)
            {
                var sent = socket.Send(_buffer.AsSpan(_start.._end));
                if (sent == -Libc.WouldBlock)
                    return;
                if (sent < 0)
                    End(failed: true);
                else
                    (_start, _lastTaken) = (_start + sent, socket.Services.Backlogs.Now);
            }

            End(failed: false);
        }

        EndWait();
    }

    /// <summary>The connection is broken.</summary>
    public void Fail()
    {
        lock (_gate)
            End(failed: true);
        EndWait();
    }

    /// <summary>Whoever waits is called back, if the writer was told so.</summary>
    public void CancelWait()
    {
        if (Volatile.Read(ref _waiting) && writer.TakeCancellation())
            EndWait(cancelled: true);
    }

    FlushResult IValueTaskSource<FlushResult>.GetResult(short token) => _wait.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<FlushResult>.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource<FlushResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);

    private FlushResult Result => new(isCanceled: false, isCompleted: _failed);

    private void End(bool failed)
    {
        if (_ended)
            return;
        (_ended, _failed) = (true, failed);
        PooledBuffer.Return(ref _buffer);
        socket.Services.Backlogs.Remove(this);
        writer.OnBacklogEnded(failed);
        _drained?.TrySetResult();
    }

    private void EndWait(Exception? exception = null, bool cancelled = false)
    {
        lock (_gate)
        {
            if (!_waiting)
                return;
            _waiting = false;
        }

        // Unregister and not Dispose, which would wait for the callback: it may be what runs here.
        _giveUp.Unregister();
        if (exception is null && !cancelled)
        {
            _wait.SetResult(Result);
            return;
        }

        // On the thread pool, not on the thread of whoever cancels.
        ThreadPool.UnsafeQueueUserWorkItem(
            static end =>
            {
                if (end.exception is null)
                    end.self._wait.SetResult(new FlushResult(isCanceled: true, isCompleted: false));
                else
                    end.self._wait.SetException(end.exception);
            },
            (self: this, exception),
            preferLocal: false);
    }
}
