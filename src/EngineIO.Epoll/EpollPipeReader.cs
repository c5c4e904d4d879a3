using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Tasks.Sources;
using Microsoft.AspNetCore.Connections;

namespace EngineIO.Epoll;

/// <summary>
/// What is read from a socket, as HTTP wants it. A read is one receive; while nothing has come, there is no buffer. What is
/// not consumed stays in one piece, in a buffer that grows with it. Continues whoever reads on the thread of the loop.
/// </summary>
/// <remarks>
/// One reader at a time. It owns the state until it waits; then whoever changes <see cref="_waiting"/> back owns it: the loop when
/// something has come, or who cancels.
/// </remarks>
internal sealed class EpollPipeReader(EpollSocket socket) : PipeReader, IValueTaskSource<ReadResult>
{
    private const int SmallestBuffer = 4096;
    private const int LargestFirstBuffer = 64 * 1024;

    private ManualResetValueTaskSourceCore<ReadResult> _read;
    private byte[]? _buffer;
    private int _size = SmallestBuffer;
    private int _start;
    private int _end;
    private bool _isExamined = true;
    private volatile bool _isAtEnd;
    private Exception? _error;
    private int _waiting;
    private int _cancelled;

    /// <summary>Whether the end of the stream has been read, or nothing is read any more.</summary>
    public bool IsAtEnd => _isAtEnd;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        return TryGet(out var result) ? new(result) : WaitAsync(cancellationToken);
    }

    public override bool TryRead(out ReadResult result) => TryGet(out result);

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_buffer is null)
            return;

        // The index within the array; the highest bit is a mark of the sequence's own.
        _start = consumed.GetInteger() & int.MaxValue;
        _isExamined = (examined.GetInteger() & int.MaxValue) == _end;
        if (_start == _end)
            ReturnBuffer();
    }

    public override void CancelPendingRead()
    {
        Interlocked.Exchange(ref _cancelled, 1);
        if (TryStopWaiting())
            ThreadPool.UnsafeQueueUserWorkItem(static reader => reader.Resume(), this, preferLocal: false);
    }

    /// <summary>Nothing is read any more.</summary>
    public override void Complete(Exception? exception = null)
    {
        _isAtEnd = true;
        ReturnBuffer();
    }

    /// <summary>Takes out what was received and not consumed. Nothing is read here any more.</summary>
    public byte[] TakeRest()
    {
        byte[] rest = [.. _buffer.AsSpan(_start, _end - _start)];
        Complete();
        return rest;
    }

    /// <summary>There may be something to receive. Called on the thread of the loop.</summary>
    public void OnReadable()
    {
        if (TryStopWaiting())
            Resume();
    }

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token) => _read.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _read.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _read.OnCompleted(continuation, state, token, flags);

    private bool TryGet(out ReadResult result)
    {
        if (Volatile.Read(ref _cancelled) != 0 && Interlocked.Exchange(ref _cancelled, 0) != 0)
        {
            result = new ReadResult(Received, isCanceled: true, isCompleted: false);
            return true;
        }

        if (_isExamined && !_isAtEnd && !TryReceive())
        {
            result = default;
            return false;
        }

        if (_error is not null && _start == _end)
            throw _error;
        result = new ReadResult(Received, isCanceled: false, isCompleted: _isAtEnd);
        return true;
    }

    private ReadOnlySequence<byte> Received => _buffer is null ? ReadOnlySequence<byte>.Empty : new(_buffer, _start, _end - _start);

    private ValueTask<ReadResult> WaitAsync(CancellationToken cancellationToken)
    {
        _read.Reset();
        var read = new ValueTask<ReadResult>(this, _read.Version);
        Wait();
        return cancellationToken.CanBeCanceled ? AwaitAsync(read, cancellationToken) : read;
    }

    // The token cancels this read only, if it still waits.
    private async ValueTask<ReadResult> AwaitAsync(ValueTask<ReadResult> read, CancellationToken cancellationToken)
    {
        await using var cancelling = cancellationToken.UnsafeRegister(
            static (reader, token) => ((EpollPipeReader)reader!).EndWait(new OperationCanceledException(token)), this);
        return await read;
    }

    private void EndWait(OperationCanceledException exception)
    {
        if (TryStopWaiting())
            ThreadPool.UnsafeQueueUserWorkItem(static end => end.reader._read.SetException(end.exception), (reader: this, exception), preferLocal: false);
    }

    /// <summary>Lets go of the state until something has come. It may have by now.</summary>
    private void Wait()
    {
        Interlocked.Exchange(ref _waiting, 1);
        if ((socket.IsReadable || Volatile.Read(ref _cancelled) != 0) && TryStopWaiting())
            Resume();
    }

    private bool TryStopWaiting() => Volatile.Read(ref _waiting) != 0 && Interlocked.Exchange(ref _waiting, 0) != 0;

    private void Resume()
    {
        try
        {
            if (TryGet(out var result))
                _read.SetResult(result);
            else
                Wait();
        }
        catch (ConnectionResetException exception)
        {
            _read.SetException(exception);
        }
    }

    private bool TryReceive()
    {
        if (!socket.IsReadable)
            return false;

        var space = MakeSpace();
        var received = socket.Receive(space);
        if (received > 0)
        {
            _end += received;
            _isExamined = false;
            if (received == space.Length)
                _size = Math.Min(2 * _size, LargestFirstBuffer);
            return true;
        }

        if (_start == _end)
            ReturnBuffer();
        if (received == -Libc.WouldBlock)
            return false;

        _isAtEnd = true;
        if (received < 0)
            _error = new ConnectionResetException("The connection was reset.", Libc.ErrorOf(received));
        return true;
    }

    private Span<byte> MakeSpace()
    {
        PooledBuffer.MakeRoom(ref _buffer, ref _start, ref _end, _buffer is null ? _size : _buffer.Length / 4);
        return _buffer.AsSpan(_end);
    }

    private void ReturnBuffer()
    {
        PooledBuffer.Return(ref _buffer);
        (_start, _end, _isExamined) = (0, 0, true);
    }
}
