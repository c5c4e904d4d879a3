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
internal sealed class WebSocketReader(int maxMessage)
{
    private const int MaxControlPayload = 125;
    private const int MaxHead = 14 + MaxControlPayload;

    private byte[]? _message;
    private int _messageLength;
    private byte _messageOpcode;

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

    /// <summary>
    /// Reads the next message or control frame and cuts it from the chunk, which is changed by unmasking. When more is needed, all of the
    /// chunk has been taken. The payload is valid until the next call and for as long as the chunk is, whichever is shorter.
    /// </summary>
    public Outcome Read(ref Span<byte> chunk, out byte opcode, out ReadOnlySpan<byte> payload)
    {
        ReturnLent();
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
                (_lent, _message, _messageLength, _messageOpcode) = (_message, null, 0, 0);
                return Outcome.Frame;
            }

            var outcome = _headLength > 0 ? ReadPieces(ref chunk, out opcode, out payload) : ReadFrame(ref chunk, out opcode, out payload);
            if (outcome != Outcome.NeedMore || !_inFrame)
                return outcome;
        }
    }

    /// <summary>Gives the buffers back; nothing is read after it.</summary>
    public void Release()
    {
        ReturnLent();
        if (_message is not null)
            ArrayPool<byte>.Shared.Return(_message);
        if (_head is not null)
            ArrayPool<byte>.Shared.Return(_head);
        (_message, _head, _headLength) = (null, null, 0);
    }

    /// <summary>A frame from its first byte on. After NeedMore either it is being gathered or its beginning is kept.</summary>
    private Outcome ReadFrame(ref Span<byte> chunk, out byte opcode, out ReadOnlySpan<byte> payload)
    {
        opcode = 0;
        payload = default;
        if (chunk.IsEmpty)
            return Outcome.NeedMore;

        var outcome = ReadHeader(chunk, out var header);
        if (outcome == Outcome.Frame && header.IsControl ? chunk.Length < header.Size + header.Length : outcome == Outcome.NeedMore)
        {
            _head = ArrayPool<byte>.Shared.Rent(MaxHead);
            _headLength = chunk.Length;
            chunk.CopyTo(_head);
            chunk = default;
            return Outcome.NeedMore;
        }

        if (outcome != Outcome.Frame)
            return outcome;

        if (!header.IsControl && (!header.IsFinal || _messageOpcode != 0 || chunk.Length < header.Size + header.Length))
        {
            BeginGathering(header);
            chunk = chunk[header.Size..];
            return Outcome.NeedMore;
        }

        opcode = header.Opcode;
        var data = chunk.Slice(header.Size, (int)header.Length);
        WebSocketMask.Apply(data, header.Mask);
        payload = data;
        chunk = chunk[(header.Size + (int)header.Length)..];
        return Outcome.Frame;
    }

    /// <summary>The frame whose beginning was kept, with what has come now. As <see cref="ReadFrame"/>.</summary>
    private Outcome ReadPieces(ref Span<byte> chunk, out byte opcode, out ReadOnlySpan<byte> payload)
    {
        opcode = 0;
        payload = default;
        var known = _headLength;
        var head = _head.AsSpan(0, known + Math.Min(MaxHead - known, chunk.Length));
        chunk[..(head.Length - known)].CopyTo(head[known..]);
        var outcome = ReadHeader(head, out var header);
        if (outcome == Outcome.Frame && header.IsControl ? head.Length < header.Size + header.Length : outcome == Outcome.NeedMore)
        {
            _headLength = head.Length;
            chunk = default;
            return Outcome.NeedMore;
        }

        (_lent, _head, _headLength) = (_head, null, 0);
        if (outcome != Outcome.Frame)
            return outcome;

        if (!header.IsControl)
        {
            BeginGathering(header);
            chunk = chunk[(header.Size - known)..];
            return Outcome.NeedMore;
        }

        opcode = header.Opcode;
        var data = head.Slice(header.Size, (int)header.Length);
        WebSocketMask.Apply(data, header.Mask);
        payload = data;
        chunk = chunk[(header.Size + (int)header.Length - known)..];
        return Outcome.Frame;
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
        // Reserved bits, unknown opcodes, an unmasked frame, a fragmented or long control frame, a continuation of nothing,
        // a new message within another.
        if ((bytes[0] & 0x70) != 0 || !known || (bytes[1] & 0x80) == 0
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
            _messageOpcode = header.Opcode;
        (_inFrame, _frameIsFinal, _missing, _mask) = (true, header.IsFinal, header.Length, header.Mask);
    }

    /// <summary>Takes what is there of the current frame. True when the frame is complete.</summary>
    private bool Gather(ref Span<byte> chunk)
    {
        var part = chunk.Length < _missing ? chunk : chunk[..(int)_missing];
        var total = _messageLength + part.Length;
        if (_message is null || _message.Length < total)
        {
            var grown = ArrayPool<byte>.Shared.Rent(Math.Max(total, Math.Min(2 * total, maxMessage)));
            if (_message is not null)
            {
                _message.AsSpan(0, _messageLength).CopyTo(grown);
                ArrayPool<byte>.Shared.Return(_message);
            }

            _message = grown;
        }

        var target = _message.AsSpan(_messageLength, part.Length);
        part.CopyTo(target);
        _mask = WebSocketMask.Apply(target, _mask);
        _messageLength = total;
        _missing -= part.Length;
        chunk = chunk[part.Length..];
        _inFrame = _missing > 0;
        return !_inFrame;
    }

    private void ReturnLent()
    {
        if (_lent is null)
            return;
        ArrayPool<byte>.Shared.Return(_lent);
        _lent = null;
    }

    private struct Header
    {
        public bool IsFinal;
        public byte Opcode;
        public long Length;
        public int Size;
        public uint Mask;

        public readonly bool IsControl => Opcode >= FrameHeader.Close;
    }
}
