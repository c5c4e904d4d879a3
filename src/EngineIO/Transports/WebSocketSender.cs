using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.IO.Pipelines;
using EngineIO.Protocol;

namespace EngineIO.Transports;

/// <summary>The sending half of a WebSocket. It runs on whatever thread has claimed it, to the close frame, which is the last.</summary>
/// <remarks>
/// The claim is one word: free, held by whoever writes, or retired, after which nothing is ever written. The close frame goes
/// out with the retirement, so it is the last frame, and the connection is not let go of before it, so that nobody writes into
/// one that the server has taken back.
/// </remarks>
internal sealed class WebSocketSender
{
    private const int Free = 0;
    private const int Held = 1;
    private const int Retired = 2;

    private readonly WebSocketTransport _transport;
    private readonly WebSocketConnection _connection;
    private readonly int _compressedFrom;
    private readonly bool _base64;
    private int _claim;
    private int _ended;
    private bool _peerGone;
    private TaskCompletionSource? _retired;

    /// <param name="transport">The WebSocket that it is a half of.</param>
    /// <param name="connection">Where to write.</param>
    /// <param name="options">From how many bytes on messages are compressed, where the handshake allows it.</param>
    /// <param name="base64">Whether this client takes binary as base64 text only.</param>
    public WebSocketSender(WebSocketTransport transport, WebSocketConnection connection, EngineOptions options, bool base64)
    {
        _transport = transport;
        _connection = connection;
        _compressedFrom = connection.IsDeflated ? options.WebSocketCompressionThreshold!.Value : int.MaxValue;
        _base64 = base64;
    }

    /// <summary>The code of the close frame. Has no effect after <see cref="End"/>.</summary>
    public ushort CloseCode { get; set; } = Transports.CloseCode.Normal;

    /// <summary>Whether packets queued now leave at once.</summary>
    public bool IsWritable => Volatile.Read(ref _claim) == Free;

    /// <summary>Whether the end has been asked for.</summary>
    public bool HasEnded => _ended != 0;

    /// <summary>Whether a write has failed: the client takes nothing any more.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Completes with the retirement. Made by whoever needs it first: the read loop may find the session closed before the closer has come to this transport.</summary>
    private TaskCompletionSource Retirement => _retired
        ?? Interlocked.CompareExchange(ref _retired, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null)
        ?? _retired;

    /// <summary>Claims it before anybody else can. Nothing is sent until <see cref="Drain"/> is called.</summary>
    public void Hold() => _claim = Held;

    public bool TryClaim() => Interlocked.CompareExchange(ref _claim, Held, Free) == Free;

    public void Release()
    {
        Volatile.Write(ref _claim, Free);
        Interlocked.MemoryBarrier();
        if (_ended != 0)
            TryRetire();
    }

    /// <summary>Writes what the session has queued, until there is nothing more. Called by the claimer.</summary>
    public void Drain()
    {
        var session = _transport.Session;
        while (session.Sender.TryTake(_transport, out var packets))
        {
            ValueTask<FlushResult> flush;
            try
            {
                foreach (var packet in packets)
                    Write(packet, session.Revision);
                SendBuffer.Recycle(packets);
                flush = _connection.Output.FlushAsync();
                if (flush.IsCompletedSuccessfully)
                {
                    OnFlushed(flush.Result);
                    continue;
                }
            }
            catch (Exception exception) when (WebSocketConnection.IsGone(exception))
            {
                OnFailed();
                continue;
            }

            _ = FinishDrainAsync(flush);
            return;
        }
    }

    /// <summary>
    /// Writes a frame while nothing else is written: before the upgrade is complete. False when the probe has ended, or the client has not
    /// taken the last frame yet; then this one is left out, so that nothing piles up for a client that only sends.
    /// </summary>
    public bool TryWrite(Packet packet)
    {
        if (!TryClaim())
            return false;

        ValueTask<FlushResult> flush;
        try
        {
            _connection.Output.Write(packet.Frame);
            flush = _connection.Output.FlushAsync();
        }
        catch (Exception exception) when (WebSocketConnection.IsGone(exception))
        {
            // The read loop finds out for itself.
            Release();
            return false;
        }

        if (flush.IsCompletedSuccessfully)
            Release();
        else
            _ = ReleaseAfterAsync(flush);
        return true;
    }

    /// <summary>Nothing more is received from the client, so it is not waited for after <see cref="End"/>.</summary>
    public void OnPeerGone() => _peerGone = true;

    /// <summary>Has the close frame follow what is being written now, and nothing follow that.</summary>
    public void End(CloseReason reason)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
            return;

        if (reason == CloseReason.ServerShuttingDown)
            CloseCode = Transports.CloseCode.GoingAway;
        Interlocked.MemoryBarrier();
        // The client has a moment to answer the close frame; one that does not even take it is cut off.
        if (!_peerGone)
            _connection.AbortAfter(_transport.CloseHandshakeTimeout);
        TryRetire();
    }

    /// <summary>Completes when nothing more is written. After <see cref="End"/>.</summary>
    public Task EndAsync()
    {
        if (!Retirement.Task.IsCompleted)
        {
            // Whoever still writes to a client that takes nothing any more is cut off with it. A drainer that still waits for the
            // client is called back, and retires the claim.
            _connection.AbortAfter(_transport.CloseHandshakeTimeout);
            _connection.Output.CancelPendingFlush();
        }

        return Retirement.Task;
    }

    private async Task FinishDrainAsync(ValueTask<FlushResult> flush)
    {
        try
        {
            OnFlushed(await flush);
        }
        catch (Exception exception) when (WebSocketConnection.IsGone(exception))
        {
            OnFailed();
        }

        Drain();
    }

    private void OnFlushed(FlushResult result)
    {
        if (result.IsCompleted || result.IsCanceled)
            OnFailed();
        else
            _transport.Session.Sender.Flushed();
    }

    /// <summary>The client takes nothing any more. What it sent before it went is read all the same, for a limited time; the end of that ends the session.</summary>
    private void OnFailed()
    {
        HasFailed = true;
        _connection.AbortAfter(_transport.CloseHandshakeTimeout);
        _transport.Session.Sender.StopSending();
    }

    private async Task ReleaseAfterAsync(ValueTask<FlushResult> flush)
    {
        try
        {
            await flush;
        }
        catch (Exception exception) when (WebSocketConnection.IsGone(exception))
        {
            // The read loop finds out for itself.
        }

        Release();
        // The session may have moved here meanwhile, and found the claim taken.
        _transport.Session.Sender.Flush();
    }

    private void TryRetire()
    {
        if (Interlocked.CompareExchange(ref _claim, Retired, Free) != Free)
            return;

        try
        {
            Span<byte> code = stackalloc byte[2];
            BinaryPrimitives.WriteUInt16BigEndian(code, CloseCode);
            _connection.Output.Write(Packet.Control(FrameHeader.Close, code).Frame);
            _ = FlushLastAsync();
        }
        catch (Exception exception) when (WebSocketConnection.IsGone(exception))
        {
            // There is nobody left to say goodbye to.
        }

        Retirement.TrySetResult();
    }

    private async Task FlushLastAsync()
    {
        try
        {
            // EndAsync cancels the flush that a drainer waits for. If that one has just ended by itself, this one is cancelled in its place.
            if ((await _connection.Output.FlushAsync()).IsCanceled)
                await _connection.Output.FlushAsync();
        }
        catch (Exception exception) when (WebSocketConnection.IsGone(exception))
        {
            // There is nobody left to say goodbye to.
        }
    }

    private void Write(Packet packet, int revision)
    {
        var output = _connection.Output;
        if (!packet.IsBinary || (revision == 4 && !_base64))
        {
            output.Write(packet.Size >= _compressedFrom ? packet.CompressedFrame : packet.Frame);
            return;
        }

        var data = packet.Payload;
        Span<byte> header = stackalloc byte[FrameHeader.MaxLength + 1];
        if (_base64)
        {
            var prefix = revision == 3 ? "b4"u8 : "b"u8;
            var size = FrameHeader.Write(header, FrameHeader.Text, prefix.Length + Base64.GetMaxEncodedToUtf8Length(data.Length));
            output.Write(header[..size]);
            PayloadWriter.WriteBase64(output, prefix, data);
        }
        else
        {
            var size = FrameHeader.Write(header, FrameHeader.Binary, data.Length + 1);
            header[size++] = (byte)PacketType.Message;
            output.Write(header[..size]);
            output.Write(data);
        }
    }
}
