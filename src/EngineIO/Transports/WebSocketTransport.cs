using System.Buffers;
using System.Buffers.Text;
using System.Text.Unicode;
using EngineIO.Protocol;

namespace EngineIO.Transports;

/// <summary>
/// One WebSocket: as the transport of a session from its start, or probing one that is on polling. It is given what its
/// <see cref="WebSocketConnection"/> receives; its <see cref="WebSocketSender"/> writes.
/// </summary>
internal sealed class WebSocketTransport : ITransport
{
    // Bytes that are still read after a write has failed: more than the kernel and the web server buffer for one connection.
    private const int MaxAfterFailure = 16 * 1024 * 1024;

    private readonly WebSocketReader _reader;
    private readonly WebSocketSender _sender;
    private readonly int _maxMessage;
    private Session? _session;
    private bool _active;
    private bool _deaf;
    private int _receivedAfterFailure;
    private ITimer? _upgradeTimeout;

    /// <param name="connection">The accepted connection.</param>
    /// <param name="options">The limit of one message, and from when on those that are sent are compressed.</param>
    /// <param name="base64">Whether this client takes binary as base64 text only.</param>
    public WebSocketTransport(WebSocketConnection connection, EngineOptions options, bool base64)
    {
        _reader = new WebSocketReader(options.MaxPayload, connection.IsDeflated);
        _sender = new WebSocketSender(this, connection, options, base64);
        _maxMessage = options.MaxPayload;
    }

    public string Name => "websocket";

    public bool IsWritable => _sender.IsWritable;

    /// <summary>The session that it carries or probes.</summary>
    public Session Session => _session!;

    /// <summary>How long the client has to answer the close of its WebSocket, and to take what is still on its way.</summary>
    public TimeSpan CloseHandshakeTimeout => _session!.Server.Options.CloseHandshakeTimeout;

    /// <summary>Becomes the transport of a new session, which others may see at once. Nothing is sent before <see cref="Begin"/>: the claim is held until then.</summary>
    public ITransport AttachTo(Session session)
    {
        _session = session;
        _active = true;
        _sender.Hold();
        return this;
    }

    /// <summary>Becomes a probe of a session.</summary>
    public WebSocketTransport ProbeFor(Session session)
    {
        _session = session;
        return this;
    }

    /// <summary>Opens the session, or begins the probe, once the web server has let go of the connection. Called before <see cref="Receive"/>. Never throws.</summary>
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

        // Everything that was queued meanwhile leaves in one write, also where the session has ended.
        Drain();
    }

    /// <summary>Handles every frame that these bytes complete. Unmasks in place, so the bytes are changed. False when nothing more is to be read.</summary>
    public bool Receive(Span<byte> bytes)
    {
        // After a message that is too large, discard everything until the client has answered the close frame.
        if (_deaf)
            return true;

        var session = _session!;
        if (_sender.HasFailed && (_receivedAfterFailure += bytes.Length) > MaxAfterFailure)
            return false;
        session.Sender.Cork();
        try
        {
            while (true)
            {
                switch (_reader.Read(ref bytes, out var opcode, out var payload))
                {
                    case WebSocketReader.Outcome.NeedMore:
                        return true;
                    case WebSocketReader.Outcome.ProtocolError:
                        Fail(CloseCode.ProtocolError, CloseReason.TransportError);
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
            session.Sender.Uncork();
        }
    }

    /// <summary>Nothing more is received. Completes when nothing more is written either.</summary>
    public async Task EndAsync(CloseReason reason)
    {
        var session = _session!;
        _sender.OnPeerGone();
        if (_active)
        {
            session.Drop(_sender.HasFailed ? CloseReason.TransportError : reason);
        }
        else
        {
            session.AbandonProbe(this);
            End(reason);
        }

        _reader.Release();
        if (_upgradeTimeout is { } timeout)
            await timeout.DisposeAsync();
        await _sender.EndAsync();
    }

    public bool TryClaim() => _sender.TryClaim();

    public void Release() => _sender.Release();

    public void Drain() => _sender.Drain();

    public void End(CloseReason reason) => _sender.End(reason);

    private void OnUpgradeTimeout()
    {
        // Ask the session: the upgrade may be completing at this moment.
        if (_session!.AbandonProbe(this, UpgradeFailure.TimedOut))
            End(CloseReason.TransportError);
    }

    private void OnTooLarge()
    {
        _deaf = true;
        Fail(CloseCode.TooLarge, CloseReason.PayloadTooLarge);
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
            Fail(CloseCode.InvalidData, CloseReason.ParseError);
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
                    _sender.TryWrite(pong);
                return true;
            case FrameHeader.Pong:
                return true;
            case var _ when _sender.HasEnded:
                return true;
            case FrameHeader.Binary:
                OnBinary(payload);
                return true;
            default:
                if (Utf8.IsValid(payload))
                    OnText(payload);
                else
                    Fail(CloseCode.InvalidData, CloseReason.ParseError);
                return true;
        }
    }

    private bool OnClose(ReadOnlySpan<byte> payload)
    {
        // First send the answers to what came before the close frame in the same read, such as a pong.
        if (_active)
            _session!.Sender.Flush(corked: true);
        var code = CloseCode.AnswerTo(payload);
        if (!_sender.HasEnded)
            _sender.CloseCode = code;
        if (_active)
            _session!.Drop(code is CloseCode.ProtocolError or CloseCode.InvalidData ? CloseReason.TransportError : CloseReason.TransportClose);
        return false;
    }

    private void OnText(ReadOnlySpan<byte> text)
    {
        if (text.Length > 0 && text[0] == (byte)'b')
        {
            OnBase64(text);
        }
        else if (!ReceivedPacket.TryParseText(text, out var packet))
        {
            Fail(CloseCode.Normal, CloseReason.ParseError);
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
            Fail(CloseCode.Normal, CloseReason.ParseError);
            return;
        }

        var encoded = text[(revision3 ? 2 : 1)..];
        var decoded = ArrayPool<byte>.Shared.Rent(Base64.GetMaxDecodedFromUtf8Length(encoded.Length));
        if (Base64.DecodeFromUtf8(encoded, decoded, out _, out var written) == OperationStatus.Done)
            _session.Receive(this, new ReceivedPacket(PacketType.Message, isBinary: true, decoded.AsSpan(0, written)));
        else
            Fail(CloseCode.Normal, CloseReason.ParseError);
        ArrayPool<byte>.Shared.Return(decoded);
    }

    private void OnBinary(ReadOnlySpan<byte> data)
    {
        if (!_active)
        {
            Fail(CloseCode.Normal, CloseReason.ParseError);
            return;
        }

        if (_session!.Revision == 3)
        {
            if (data.IsEmpty || data[0] != (byte)PacketType.Message)
            {
                Fail(CloseCode.Normal, CloseReason.ParseError);
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
            if (_sender.TryWrite(Packet.ProbeAnswer))
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

    /// <summary>Ends what this WebSocket serves: the session if it is its transport, else only the probe.</summary>
    private void Fail(ushort code, CloseReason reason)
    {
        if (_sender.HasEnded)
            return;
        _sender.CloseCode = code;
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
}
