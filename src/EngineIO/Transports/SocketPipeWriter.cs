using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace EngineIO.Transports;

/// <summary>
/// Writes to a connection's socket without the pipe, the task and the copy that the web server has between. A flush is one
/// non-blocking send; what the operating system does not take at once is awaited. Used by one thread at a time, with no
/// buffer held between flushes.
/// </summary>
internal sealed class SocketPipeWriter : PipeWriter
{
    private readonly Socket _socket;
    private byte[]? _buffer;
    private int _length;
    private CancellationTokenSource? _pending;
    private volatile bool _cancelled;

    public SocketPipeWriter(Socket socket) => _socket = socket;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        var needed = _length + Math.Max(1, sizeHint);
        if (_buffer is null || _buffer.Length < needed)
        {
            var grown = ArrayPool<byte>.Shared.Rent(Math.Max(needed, 2 * _length));
            _buffer.AsSpan(0, _length).CopyTo(grown);
            Return();
            _buffer = grown;
        }

        return _buffer.AsMemory(_length);
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes) => _length += bytes;

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_length == 0)
            return default;

        int sent;
        SocketError error;
        try
        {
            // Applies to the calls that are not asynchronous, of which the web server makes none.
            if (_socket.Blocking)
                _socket.Blocking = false;
            sent = _socket.Send(_buffer.AsSpan(0, _length), SocketFlags.None, out error);
        }
        catch (ObjectDisposedException exception)
        {
            Reset();
            return ValueTask.FromException<FlushResult>(exception);
        }

        if (error == SocketError.Success && sent == _length)
        {
            Reset();
            return default;
        }

        if (error is not (SocketError.Success or SocketError.WouldBlock))
        {
            Reset();
            return ValueTask.FromException<FlushResult>(new IOException("The connection is gone.", new SocketException((int)error)));
        }

        return SendRestAsync(Math.Max(0, sent), cancellationToken);
    }

    /// <summary>Cancels the send that waits, or the next one that would: nothing is sent after it but what the system takes at once.</summary>
    public override void CancelPendingFlush()
    {
        _cancelled = true;
        Interlocked.MemoryBarrier();
        Volatile.Read(ref _pending)?.Cancel();
    }

    public override void Complete(Exception? exception = null) => Reset();

    private async ValueTask<FlushResult> SendRestAsync(int sent, CancellationToken cancellationToken)
    {
        // Not disposed: it has no timer, and another thread may be about to cancel it.
        var pending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Volatile.Write(ref _pending, pending);
        Interlocked.MemoryBarrier();
        try
        {
            if (_cancelled)
                await pending.CancelAsync();
            while (sent < _length)
            {
                var count = await _socket.SendAsync(_buffer.AsMemory(sent, _length - sent), SocketFlags.None, pending.Token);
                sent += count;
            }

            return default;
        }
        catch (SocketException exception)
        {
            throw new IOException("The connection is gone.", exception);
        }
        finally
        {
            Volatile.Write(ref _pending, null);
            Reset();
        }
    }

    private void Reset()
    {
        Return();
        _length = 0;
    }

    private void Return()
    {
        if (_buffer is not null)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
    }
}
