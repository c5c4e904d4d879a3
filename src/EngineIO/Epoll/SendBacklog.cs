using System.Buffers;
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
    private byte[] _buffer = buffer;
    private int _start = start;
    private int _end = end;
    private bool _ended;
    private bool _failed;
    private bool _waiting;
    private TaskCompletionSource? _drained;
    private CancellationTokenRegistration _giveUp;
    private ManualResetValueTaskSourceCore<FlushResult> _wait;

    /// <summary>Adds bytes behind those that wait; false when none do any more.</summary>
    public bool TryAppend(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_ended)
                return false;

            if (_buffer.Length - _end < bytes.Length)
            {
                var grown = ArrayPool<byte>.Shared.Rent(Math.Max(_end - _start + bytes.Length, 2 * (_end - _start)));
                _buffer.AsSpan(_start.._end).CopyTo(grown);
                ArrayPool<byte>.Shared.Return(_buffer);
                (_buffer, _start, _end) = (grown, 0, _end - _start);
            }

            bytes.CopyTo(_buffer.AsSpan(_end));
            _end += bytes.Length;
            return true;
        }
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

        // Asked for while nobody waited yet.
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
                    _start += sent;
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
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
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

        // Not waited for: the callback may be what runs here.
        _giveUp.Unregister();
        if (exception is null && !cancelled)
        {
            _wait.SetResult(Result);
            return;
        }

        // Elsewhere than on the thread of whoever cancels.
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
