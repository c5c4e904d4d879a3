using System.IO.Pipelines;

namespace EngineIO.Epoll;

/// <summary>
/// What is written to a socket. A flush is one send, which the kernel nearly always takes whole; the rest, if any, waits as a
/// <see cref="SendBacklog"/> until it does. No buffer is held between flushes. Used by one writer at a time.
/// </summary>
internal sealed class EpollPipeWriter(EpollSocket socket) : PipeWriter
{
    // What a writer gets at least: Kestrel takes room for a chunk's frame out of it and expects that something is left.
    private const int SmallestRoom = 256;

    // Gathered since the last flush.
    private byte[]? _buffer;
    private int _length;

    // Made by the writer alone, taken away by whoever has sent the last of it.
    private volatile SendBacklog? _backlog;
    private volatile bool _failed;
    private int _cancelled;
    private int _sends;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _length;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        var start = 0;
        PooledBuffer.MakeRoom(ref _buffer, ref start, ref _length, Math.Max(SmallestRoom, sizeHint));
        return _buffer.AsMemory(_length);
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes) => _length += bytes;

    /// <summary>
    /// Completes when the kernel has taken all. <see cref="FlushResult.IsCompleted"/> says that the connection is gone,
    /// <see cref="FlushResult.IsCanceled"/> that the wait was given up; what waited is still sent.
    /// </summary>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (TakeCancellation())
            return new(new FlushResult(isCanceled: true, isCompleted: false));

        while (true)
        {
            if (_failed)
            {
                Reset();
                return new(new FlushResult(isCanceled: false, isCompleted: true));
            }

            if (_backlog is { } backlog)
            {
                // What was gathered goes behind what waits, unless that has just gone.
                if (!backlog.TryAppend(_buffer.AsSpan(0, _length)))
                    continue;
                Reset();
                return backlog.WaitAsync(cancellationToken);
            }

            if (_length == 0)
                return default;

            _sends++;
            var sent = socket.Send(_buffer.AsSpan(0, _length));
            if (sent == _length)
            {
                Reset();
                return default;
            }

            if (sent < 0 && sent != -Libc.WouldBlock)
            {
                _failed = true;
                continue;
            }

            _backlog = backlog = new SendBacklog(this, socket, _buffer!, Math.Max(0, sent), _length);
            (_buffer, _length) = (null, 0);
            backlog.Count();
            try
            {
                socket.ReportAgain();
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                backlog.Fail();
            }

            return backlog.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Gives up the flush that waits, or the next one.</summary>
    public override void CancelPendingFlush()
    {
        Interlocked.Exchange(ref _cancelled, 1);
        _backlog?.CancelWait();
    }

    /// <summary>Nothing is written any more. What was not flushed yet is sent.</summary>
    public override void Complete(Exception? exception = null)
    {
        Interlocked.Exchange(ref _cancelled, 0);
        if (_length > 0 && exception is null)
            _ = FlushAsync().Preserve();
        Reset();
    }

    /// <summary>Whether something waits for the kernel to take it.</summary>
    public bool HasBacklog => _backlog is not null;

    /// <summary>How often something was sent, to see whether there was anything since.</summary>
    public int Sends => Volatile.Read(ref _sends);

    /// <summary>Completes when nothing waits for the kernel, be it sent or lost.</summary>
    public Task DrainAsync() => _backlog?.DrainAsync() ?? Task.CompletedTask;

    /// <summary>The kernel takes bytes again, or the connection is broken. Called on the thread of the loop.</summary>
    public void OnWritable() => _backlog?.Continue();

    /// <summary>Whether somebody has asked for the flush to be given up; true once for each time.</summary>
    internal bool TakeCancellation() => Volatile.Read(ref _cancelled) != 0 && Interlocked.Exchange(ref _cancelled, 0) != 0;

    /// <summary>The backlog is no more.</summary>
    internal void OnBacklogEnded(bool failed)
    {
        _failed |= failed;
        _backlog = null;
    }

    private void Reset()
    {
        PooledBuffer.Return(ref _buffer);
        _length = 0;
    }
}
