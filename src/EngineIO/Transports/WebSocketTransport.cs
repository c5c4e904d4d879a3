using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Text.Unicode;
using EngineIO.Protocol;

namespace EngineIO.Transports;

/// <summary>
/// One WebSocket: as the transport of a session from its start, or probing one that is on polling. It is given what its
/// <see cref="WebSocketConnection"/> receives; sending runs on whatever thread has claimed it.
/// </summary>
/// <remarks>
/// The claim is one word: free, held by a drainer, or retired, after which nothing is ever written. The close frame goes
/// out with the retirement, so it is the last frame, and the connection is not let go of before it, so that nobody writes into
/// one that the server has taken back.
/// </remarks>
internal sealed class WebSocketTransport : ITransport
{
    private const int Free = 0;
    private const int Held = 1;
    private const int Retired = 2;

    private const ushort ProtocolError = 1002;
    private const ushort InvalidData = 1007;

    // More than a kernel and a web server hold of a connection that is gone.
    private const int MaxAfterFailedWrite = 16 * 1024 * 1024;

    private readonly WebSocketConnection _connection;
    private readonly WebSocketReader _reader;
    private readonly bool _base64;
    private readonly int _maxMessage;
    private readonly int _compressedFrom;
    private Session? _session;
    private bool _active;
    private int _claim;
    private int _ended;
    private ushort _closeCode = 1000;
    private bool _peerGone;
    private bool _deaf;
    private bool _writeFailed;
    private int _receivedAfterFailedWrite;
    private ITimer? _upgradeTimeout;
    private TaskCompletionSource? _retired;

    /// <param name="connection">The accepted connection.</param>
    /// <param name="options">The limit of one message, and from when on those that are sent are compressed.</param>
    /// <param name="base64">Whether this client takes binary as base64 text only.</param>
    public WebSocketTransport(WebSocketConnection connection, EngineOptions options, bool base64)
    {
        _connection = connection;
        _reader = new WebSocketReader(options.MaxPayload, connection.IsDeflated);
        _maxMessage = options.MaxPayload;
        _compressedFrom = connection.IsDeflated ? options.WebSocketCompressionThreshold!.Value : int.MaxValue;
        _base64 = base64;
    }

    public string Name => "websocket";

    public bool IsWritable => Volatile.Read(ref _claim) == Free;

    /// <summary>How long the client has to answer the close of its WebSocket, and to take what is still on its way.</summary>
    public TimeSpan CloseHandshakeTimeout => _session!.Server.Options.CloseHandshakeTimeout;

    /// <summary>Completes with the retirement. Made by whoever needs it first: the read loop may find the session closed before the closer has come to this transport.</summary>
    private TaskCompletionSource Retirement => _retired
        ?? Interlocked.CompareExchange(ref _retired, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null)
        ?? _retired;

    /// <summary>Becomes the transport of a new session, which others may see at once. Nothing is sent before <see cref="Begin"/>: the claim is held until then.</summary>
    public ITransport AttachTo(Session session)
    {
        _session = session;
        _active = true;
        _claim = Held;
        return this;
    }

    /// <summary>Becomes a probe of a session.</summary>
    public WebSocketTransport ProbeFor(Session session)
    {
        _session = session;
        return this;
    }

    /// <summary>The connection is there for us alone: opens the session, or begins the probe. Before <see cref="Receive"/>. Never fails.</summary>
    public void Begin()
    {
        var session = _session!;
        if (!_active)
        {
            _upgradeTimeout = session.Server.Time.CreateTimer(
                static state => ((WebSocketTransport)state!).OnUpgradeTimeout(), this, session.Server.Options.UpgradeTimeout, Timeout.InfiniteTimeSpan);
            if (!session.TryBeginProbe(this))
                End(CloseReason.TransportError);
            return;
        }

        try
        {
            session.Open();
        }
        catch (Exception exception)
        {
            session.Server.Log.HandlerFailed(exception);
            session.Drop(CloseReason.TransportError);
        }

        // All that was queued meanwhile leaves in one write, be it the end.
        Drain();
    }

    /// <summary>Handles all frames that are whole with these bytes, which are changed by that. False when the connection is to be left.</summary>
    public bool Receive(Span<byte> bytes)
    {
        // What follows a message that is too large cannot be read any more; it is thrown away until the client has seen the code.
        if (_deaf)
            return true;

        var session = _session!;
        if (_writeFailed && (_receivedAfterFailedWrite += bytes.Length) > MaxAfterFailedWrite)
            return false;
        session.Cork();
        try
        {
            while (true)
            {
                switch (_reader.Read(ref bytes, out var opcode, out var payload))
                {
                    case WebSocketReader.Outcome.NeedMore:
                        return true;
                    case WebSocketReader.Outcome.ProtocolError:
                        Fail(ProtocolError, CloseReason.TransportError);
                        return false;
                    case WebSocketReader.Outcome.TooLarge:
                        OnTooLarge();
                        return true;
                    case var _ when _reader.IsCompressed:
                        OnCompressed(opcode, payload);
                        if (_deaf)
                            return true;
                        break;
                    default:
                        if (!OnFrame(opcode, payload))
                            return false;
                        break;
                }
            }
        }
        finally
        {
            session.Uncork();
        }
    }

    /// <summary>Nothing more is received. Completes when nothing more is written either.</summary>
    public async Task EndAsync(CloseReason reason)
    {
        var session = _session!;
        _peerGone = true;
        if (_active)
        {
            session.Drop(_writeFailed ? CloseReason.TransportError : reason);
        }
        else
        {
            session.AbandonProbe(this);
            End(reason);
        }

        _reader.Release();
        if (_upgradeTimeout is { } timeout)
            await timeout.DisposeAsync();
        if (!Retirement.Task.IsCompleted)
        {
            // Whoever still writes to a client that takes nothing any more is cut off with it. A drainer that still waits for the
            // client is called back; it retires the claim, whose flush takes the cancellation should the wait have ended by itself.
            // Uncalled for, the cancellation would hit the server's own last flush.
            _connection.AbortAfter(CloseHandshakeTimeout);
            _connection.Output.CancelPendingFlush();
        }

        await Retirement.Task;
    }

    public bool TryClaim() => Interlocked.CompareExchange(ref _claim, Held, Free) == Free;

    public void Release()
    {
        Volatile.Write(ref _claim, Free);
        Interlocked.MemoryBarrier();
        if (_ended != 0)
            TryRetire();
    }

    public void Drain()
    {
        var session = _session!;
        while (session.TryTake(this, out var packets))
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
                OnWriteFailed();
                continue;
            }

            _ = FinishDrainAsync(flush);
            return;
        }
    }

    public void End(CloseReason reason)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
            return;

        if (reason == CloseReason.ServerShuttingDown)
            _closeCode = 1001;
        Interlocked.MemoryBarrier();
        // The client has a moment to answer the close frame; one that does not even take it is cut off.
        if (!_peerGone)
            _connection.AbortAfter(CloseHandshakeTimeout);
        TryRetire();
    }

    private async Task FinishDrainAsync(ValueTask<FlushResult> flush)
    {
        try
        {
            OnFlushed(await flush);
        }
        catch (Exception exception) when (WebSocketConnection.IsGone(exception))
        {
            OnWriteFailed();
        }

        Drain();
    }

    private void OnFlushed(FlushResult result)
    {
        if (result.IsCompleted || result.IsCanceled)
            OnWriteFailed();
        else
            _session!.Flushed();
    }

    /// <summary>The client takes nothing any more. What it sent before it went is read all the same, for a limited time; the end of that ends the session.</summary>
    private void OnWriteFailed()
    {
        _writeFailed = true;
        _connection.AbortAfter(CloseHandshakeTimeout);
        _session!.StopSending();
    }

    private void OnUpgradeTimeout()
    {
        // Asked of the session, as the upgrade may be complete at this very moment.
        if (_session!.AbandonProbe(this, UpgradeFailure.TimedOut))
            End(CloseReason.TransportError);
    }

    private void OnTooLarge()
    {
        _deaf = true;
        Fail(1009, CloseReason.PayloadTooLarge);
    }

    /// <summary>A message; control frames are never compressed.</summary>
    private void OnCompressed(byte opcode, ReadOnlySpan<byte> payload)
    {
        var outcome = MessageDeflate.Decompress(payload, _maxMessage, out var message, out var length);
        if (outcome == MessageDeflate.Outcome.Done)
            OnFrame(opcode, message.AsSpan(0, length));
        else if (outcome == MessageDeflate.Outcome.TooLarge)
            OnTooLarge();
        else
            Fail(InvalidData, CloseReason.ParseError);
        PooledBuffer.Return(ref message);
    }

    private bool OnFrame(byte opcode, ReadOnlySpan<byte> payload)
    {
        switch (opcode)
        {
            case FrameHeader.Close:
                return OnClose(payload);
            case FrameHeader.Ping:
                var pong = Packet.Control(FrameHeader.Pong, payload);
                if (_active)
                    _session!.Send(pong);
                else
                    WriteWhileProbing(pong);
                return true;
            case FrameHeader.Pong:
                return true;
            case var _ when _ended != 0:
                return true;
            case FrameHeader.Binary:
                OnBinary(payload);
                return true;
            default:
                if (Utf8.IsValid(payload))
                    OnText(payload);
                else
                    Fail(InvalidData, CloseReason.ParseError);
                return true;
        }
    }

    private bool OnClose(ReadOnlySpan<byte> payload)
    {
        // What came before the close frame in the same read is answered first, a ping with its pong among it.
        if (_active)
            _session!.Flush(corked: true);
        var code = CodeFor(payload);
        if (_ended == 0)
            _closeCode = code;
        if (_active)
            _session!.Drop(code is ProtocolError or InvalidData ? CloseReason.TransportError : CloseReason.TransportClose);
        return false;
    }

    /// <summary>The code for the answer: the client's own if it sent one that may be sent, else what is wrong (RFC 6455, sections 5.5.1, 7.4.1 and 7.4.2).</summary>
    private static ushort CodeFor(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
            return 1000;
        if (payload.Length == 1)
            return ProtocolError;
        var code = BinaryPrimitives.ReadUInt16BigEndian(payload);
        // 1004 to 1006 and 1015 are for the use of an endpoint with itself; 1012 to 1014 were registered later.
        if (code is not ((>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999)))
            return ProtocolError;
        return Utf8.IsValid(payload[2..]) ? code : InvalidData;
    }

    private void OnText(ReadOnlySpan<byte> text)
    {
        if (text.Length > 0 && text[0] == (byte)'b')
        {
            OnBase64(text);
        }
        else if (!ReceivedPacket.TryParseText(text, out var packet))
        {
            Fail(1000, CloseReason.ParseError);
        }
        else if (_active)
        {
            _session!.Receive(this, packet);
        }
        else
        {
            OnProbe(packet);
        }
    }

    private void OnBase64(ReadOnlySpan<byte> text)
    {
        var revision3 = _session!.Revision == 3;
        if (!_active || (revision3 && (text.Length < 2 || text[1] != (byte)'4')))
        {
            Fail(1000, CloseReason.ParseError);
            return;
        }

        var encoded = text[(revision3 ? 2 : 1)..];
        var decoded = ArrayPool<byte>.Shared.Rent(Base64.GetMaxDecodedFromUtf8Length(encoded.Length));
        if (Base64.DecodeFromUtf8(encoded, decoded, out _, out var written) == OperationStatus.Done)
            _session.Receive(this, new ReceivedPacket(PacketType.Message, isBinary: true, decoded.AsSpan(0, written)));
        else
            Fail(1000, CloseReason.ParseError);
        ArrayPool<byte>.Shared.Return(decoded);
    }

    private void OnBinary(ReadOnlySpan<byte> data)
    {
        if (!_active)
        {
            Fail(1000, CloseReason.ParseError);
            return;
        }

        if (_session!.Revision == 3)
        {
            if (data.IsEmpty || data[0] != (byte)PacketType.Message)
            {
                Fail(1000, CloseReason.ParseError);
                return;
            }

            data = data[1..];
        }

        _session.Receive(this, new ReceivedPacket(PacketType.Message, isBinary: true, data));
    }

    private void OnProbe(ReceivedPacket packet)
    {
        if (packet.Type == PacketType.Ping && packet.Data.SequenceEqual("probe"u8))
        {
            if (WriteWhileProbing(Packet.ProbeAnswer))
                _session!.Probed();
        }
        else if (packet.Type == PacketType.Upgrade && _session!.TryCompleteUpgrade(this, ref _active))
        {
            _session.Server.Log.Upgraded();
        }
        else
        {
            _session!.AbandonProbe(this, UpgradeFailure.BadPacket);
            End(CloseReason.TransportError);
        }
    }

    /// <summary>
    /// Writes a frame while nothing else is written: before the upgrade is complete. False when the probe has ended, or the client has not
    /// taken the last frame yet; then this one is left out, so that nothing piles up for a client that only sends.
    /// </summary>
    private bool WriteWhileProbing(Packet packet)
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

    private async Task ReleaseAfterAsync(ValueTask<FlushResult> flush)
    {
        await ObserveAsync(flush);
        Release();
        // The session may have moved here meanwhile, and found the claim taken.
        _session!.Flush();
    }

    /// <summary>Ends what this WebSocket serves: the session if it is its transport, else only the probe.</summary>
    private void Fail(ushort code, CloseReason reason)
    {
        if (_ended != 0)
            return;
        _closeCode = code;
        if (_active)
        {
            _session!.Drop(reason);
        }
        else
        {
            _session!.AbandonProbe(this, UpgradeFailure.BadPacket);
            End(reason);
        }
    }

    private void TryRetire()
    {
        if (Interlocked.CompareExchange(ref _claim, Retired, Free) != Free)
            return;

        try
        {
            Span<byte> code = stackalloc byte[2];
            BinaryPrimitives.WriteUInt16BigEndian(code, _closeCode);
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
            // EndAsync gives up the flush that a drainer waits for. Where that had just ended, it is this one that is given up.
            if ((await _connection.Output.FlushAsync()).IsCanceled)
                await _connection.Output.FlushAsync();
        }
        catch (Exception exception) when (WebSocketConnection.IsGone(exception))
        {
            // The read loop finds out for itself.
        }
    }

    private static async Task ObserveAsync(ValueTask<FlushResult> flush)
    {
        try
        {
            await flush;
        }
        catch (Exception exception) when (WebSocketConnection.IsGone(exception))
        {
            // The read loop finds out for itself.
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
