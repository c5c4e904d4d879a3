using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using EngineIO.Protocol;

namespace EngineIO.Transports;

/// <summary>
/// Turns the bytes of a client into WebSocket messages and control frames (RFC 6455), in whatever chunks they come. A frame that is
/// whole in a chunk is unmasked and handed out in place; fragments and frames that come in pieces are gathered in one
/// pooled buffer, which grows with what has arrived, never with what a header announces, and is held no longer than the
/// message takes. The limit is over the whole message.
/// </summary>
/// <param name="maxMessage">The limit in bytes, of what comes, be it compressed or not.</param>
/// <param name="allowCompressed">Whether messages may be compressed (RFC 7692), which the handshake has settled.</param>
internal sealed class WebSocketReader(int maxMessage, bool allowCompressed = false)
{
    private const int MaxControlPayload = 125;
    private const int MaxHead = 14 + MaxControlPayload;

    private byte[]? _message;
    private int _messageLength;
    private byte _messageOpcode;
    private bool _messageIsCompressed;

    // The beginning of a frame that has come in pieces: of its header, or a control frame that is not whole.
    private byte[]? _head;
    private int _headLength;

    // What was handed out last, if it is a buffer of ours.
    private byte[]? _lent;

    // The frame being gathered: what is missing of it, and its key, rotated to the next byte.
    private bool _inFrame;
    private bool _frameIsFinal;
    private long _missing;
    private uint _mask;

    public enum Outcome
    {
        NeedMore,
        Frame,
        ProtocolError,
        TooLarge,
    }

    /// <summary>Whether the message that was handed out last is compressed.</summary>
    public bool IsCompressed { get; private set; }

    /// <summary>
    /// Reads the next message or control frame and cuts it from the chunk, which is changed by unmasking. When more is needed, all of the
    /// chunk has been taken. The payload is valid until the next call and for as long as the chunk is, whichever is shorter.
    /// </summary>
    public Outcome Read(ref Span<byte> chunk, out byte opcode, out ReadOnlySpan<byte> payload)
    {
        PooledBuffer.Return(ref _lent);
        opcode = 0;
        payload = default;
        while (true)
        {
            if (_inFrame)
            {
                if (!Gather(ref chunk))
                    return Outcome.NeedMore;
                if (!_frameIsFinal)
                    continue;

                opcode = _messageOpcode;
                payload = _message.AsSpan(0, _messageLength);
                IsCompressed = _messageIsCompressed;
                (_lent, _message, _messageLength, _messageOpcode) = (_message, null, 0, 0);
                return Outcome.Frame;
            }

            var outcome = ReadFrame(ref chunk, out opcode, out payload);
            if (outcome != Outcome.NeedMore || !_inFrame)
                return outcome;
        }
    }

    /// <summary>Gives the buffers back; nothing is read after it.</summary>
    public void Release()
    {
        PooledBuffer.Return(ref _lent);
        PooledBuffer.Return(ref _message);
        PooledBuffer.Return(ref _head);
        _headLength = 0;
    }

    /// <summary>
    /// Reads a frame from its first byte on, which is in the chunk or was kept. After NeedMore either its payload is being gathered or
    /// its beginning is kept: data is handed out in place only if the frame is whole in the chunk, and a message by itself.
    /// </summary>
    private Outcome ReadFrame(ref Span<byte> chunk, out byte opcode, out ReadOnlySpan<byte> payload)
    {
        opcode = 0;
        payload = default;
        var kept = _headLength;
        var bytes = kept > 0 ? AppendToHead(chunk) : chunk;
        if (bytes.IsEmpty)
            return Outcome.NeedMore;

        var outcome = ReadHeader(bytes, out var header);
        var isWhole = outcome == Outcome.Frame && bytes.Length >= header.Size + header.Length;
        if (outcome == Outcome.NeedMore || (outcome == Outcome.Frame && header.IsControl && !isWhole))
        {
            KeepHead(bytes);
            chunk = default;
            return Outcome.NeedMore;
        }

        if (kept > 0)
            (_lent, _head, _headLength) = (_head, null, 0);
        if (outcome != Outcome.Frame)
            return outcome;

        if (!header.IsControl && (kept > 0 || !isWhole || !header.IsFinal || _messageOpcode != 0))
        {
            BeginGathering(header);
            chunk = chunk[(header.Size - kept)..];
            return Outcome.NeedMore;
        }

        var data = bytes.Slice(header.Size, (int)header.Length);
        WebSocketMask.Apply(data, header.Mask);
        payload = data;
        (opcode, IsCompressed) = (header.Opcode, header.IsCompressed);
        chunk = chunk[(header.Size + (int)header.Length - kept)..];
        return Outcome.Frame;
    }

    /// <summary>What was kept of a frame, and behind it as much of the chunk as its header, or a control frame, can take.</summary>
    private Span<byte> AppendToHead(ReadOnlySpan<byte> chunk)
    {
        var added = chunk[..Math.Min(MaxHead - _headLength, chunk.Length)];
        added.CopyTo(_head.AsSpan(_headLength));
        return _head.AsSpan(0, _headLength + added.Length);
    }

    private void KeepHead(ReadOnlySpan<byte> bytes)
    {
        if (_head is null)
        {
            _head = ArrayPool<byte>.Shared.Rent(MaxHead);
            bytes.CopyTo(_head);
        }

        _headLength = bytes.Length;
    }

    private Outcome ReadHeader(ReadOnlySpan<byte> bytes, out Header header)
    {
        header = default;
        if (bytes.Length < 2)
            return Outcome.NeedMore;

        header.IsFinal = (bytes[0] & 0x80) != 0;
        header.Opcode = (byte)(bytes[0] & 0x0f);
        header.Length = bytes[1] & 0x7f;
        var known = header.Opcode is <= FrameHeader.Binary or (>= FrameHeader.Close and <= FrameHeader.Pong);
        var continues = header.Opcode == FrameHeader.Continuation;
        header.IsCompressed = (bytes[0] & FrameHeader.Compressed) != 0;
        // The first frame of a message says whether all of it is compressed (RFC 7692, section 6).
        var mayBeCompressed = allowCompressed && !continues && !header.IsControl;
        // Reserved bits, unknown opcodes, an unmasked frame, a fragmented or long control frame, a continuation of nothing,
        // a new message within another.
        if ((bytes[0] & 0x30) != 0 || (header.IsCompressed && !mayBeCompressed) || !known || (bytes[1] & 0x80) == 0
            || (header.IsControl && (!header.IsFinal || header.Length > MaxControlPayload))
            || (!header.IsControl && continues != (_messageOpcode != 0)))
            return Outcome.ProtocolError;

        var lengthBytes = header.Length switch { 126 => 2, 127 => 8, _ => 0 };
        header.Size = 2 + lengthBytes + 4;
        if (bytes.Length < header.Size)
            return Outcome.NeedMore;

        if (lengthBytes == 2)
            header.Length = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        else if (lengthBytes == 8)
            header.Length = BinaryPrimitives.ReadInt64BigEndian(bytes[2..]);

        if (header.Length < 0)
            return Outcome.ProtocolError;
        if (!header.IsControl && header.Length + _messageLength > maxMessage)
            return Outcome.TooLarge;

        header.Mask = MemoryMarshal.Read<uint>(bytes[(header.Size - 4)..]);
        return Outcome.Frame;
    }

    private void BeginGathering(in Header header)
    {
        if (_messageOpcode == 0)
            (_messageOpcode, _messageIsCompressed) = (header.Opcode, header.IsCompressed);
        (_inFrame, _frameIsFinal, _missing, _mask) = (true, header.IsFinal, header.Length, header.Mask);
    }

    /// <summary>Takes what is there of the current frame. True when the frame is complete.</summary>
    private bool Gather(ref Span<byte> chunk)
    {
        var part = chunk.Length < _missing ? chunk : chunk[..(int)_missing];
        var start = 0;
        PooledBuffer.MakeRoom(ref _message, ref start, ref _messageLength, part.Length, maxMessage);
        var target = _message.AsSpan(_messageLength, part.Length);
        part.CopyTo(target);
        _mask = WebSocketMask.Apply(target, _mask);
        _messageLength += part.Length;
        _missing -= part.Length;
        chunk = chunk[part.Length..];
        _inFrame = _missing > 0;
        return !_inFrame;
    }

    private struct Header
    {
        public bool IsFinal;
        public bool IsCompressed;
        public byte Opcode;
        public long Length;
        public int Size;
        public uint Mask;

        public readonly bool IsControl => Opcode >= FrameHeader.Close;
    }
}
