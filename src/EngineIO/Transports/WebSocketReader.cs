using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using EngineIO.Protocol;

namespace EngineIO.Transports;

/// <summary>
/// Turns the bytes of a client into WebSocket messages and control frames (RFC 6455). A frame that is whole in the
/// connection's buffer is unmasked and handed out in place; fragments and frames that come in pieces are gathered in one
/// pooled buffer, which grows with what has arrived, never with what a header announces, and is held no longer than the
/// message takes. The limit is over the whole message.
/// </summary>
internal sealed class WebSocketReader(int maxMessage)
{
    private const int MaxHeader = 14;

    private byte[]? _message;
    private int _messageLength;
    private byte _messageOpcode;
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
    /// Reads the next message or control frame and cuts it from the buffer. The payload is valid until the next call and
    /// until the buffer is released, whichever comes first.
    /// </summary>
    public Outcome Read(ref ReadOnlySequence<byte> buffer, out byte opcode, out ReadOnlySpan<byte> payload)
    {
        ReturnLent();
        opcode = 0;
        payload = default;
        while (true)
        {
            if (_inFrame)
            {
                if (!Gather(ref buffer))
                    return Outcome.NeedMore;
                if (!_frameIsFinal)
                    continue;

                opcode = _messageOpcode;
                payload = _message.AsSpan(0, _messageLength);
                (_lent, _message, _messageLength, _messageOpcode) = (_message, null, 0, 0);
                return Outcome.Frame;
            }

            var outcome = ReadHeader(buffer, out var header);
            if (outcome != Outcome.Frame)
                return outcome;

            if (header.Opcode >= FrameHeader.Close)
            {
                if (buffer.Length < header.Size + header.Length)
                    return Outcome.NeedMore;
            }
            else if (!header.IsFinal || _messageOpcode != 0 || buffer.Length < header.Size + header.Length)
            {
                if (_messageOpcode == 0)
                    _messageOpcode = header.Opcode;
                (_inFrame, _frameIsFinal, _missing, _mask) = (true, header.IsFinal, header.Length, header.Mask);
                buffer = buffer.Slice(header.Size);
                continue;
            }

            opcode = header.Opcode;
            payload = Unmask(buffer.Slice(header.Size, header.Length), header.Mask);
            buffer = buffer.Slice(header.Size + header.Length);
            return Outcome.Frame;
        }
    }

    /// <summary>Gives the buffers back; nothing is read after it.</summary>
    public void Release()
    {
        ReturnLent();
        if (_message is not null)
            ArrayPool<byte>.Shared.Return(_message);
        _message = null;
    }

    private Outcome ReadHeader(ReadOnlySequence<byte> buffer, out Header header)
    {
        header = default;
        Span<byte> copy = stackalloc byte[MaxHeader];
        scoped var bytes = buffer.FirstSpan;
        if (bytes.Length < MaxHeader && !buffer.IsSingleSegment)
        {
            var length = (int)Math.Min(MaxHeader, buffer.Length);
            buffer.Slice(0, length).CopyTo(copy);
            bytes = copy[..length];
        }

        if (bytes.Length < 2)
            return Outcome.NeedMore;

        header.IsFinal = (bytes[0] & 0x80) != 0;
        header.Opcode = (byte)(bytes[0] & 0x0f);
        header.Length = bytes[1] & 0x7f;
        var known = header.Opcode is <= FrameHeader.Binary or (>= FrameHeader.Close and <= FrameHeader.Pong);
        var continues = header.Opcode == FrameHeader.Continuation;
        var control = header.Opcode >= FrameHeader.Close;
        // Reserved bits, unknown opcodes, an unmasked frame, a fragmented or long control frame, a continuation of nothing,
        // a new message within another.
        if ((bytes[0] & 0x70) != 0 || !known || (bytes[1] & 0x80) == 0
            || (control && (!header.IsFinal || header.Length > 125))
            || (!control && continues != (_messageOpcode != 0)))
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
        if (!control && header.Length + _messageLength > maxMessage)
            return Outcome.TooLarge;

        header.Mask = MemoryMarshal.Read<uint>(bytes[(header.Size - 4)..]);
        return Outcome.Frame;
    }

    /// <summary>Takes what is there of the current frame. True when the frame is complete.</summary>
    private bool Gather(ref ReadOnlySequence<byte> buffer)
    {
        var part = buffer.Length < _missing ? buffer : buffer.Slice(0, _missing);
        var length = (int)part.Length;
        var total = _messageLength + length;
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

        var target = _message.AsSpan(_messageLength, length);
        part.CopyTo(target);
        _mask = WebSocketMask.Apply(target, _mask);
        _messageLength = total;
        _missing -= length;
        buffer = buffer.Slice(length);
        _inFrame = _missing > 0;
        return !_inFrame;
    }

    private ReadOnlySpan<byte> Unmask(ReadOnlySequence<byte> frame, uint mask)
    {
        Span<byte> bytes;
        if (frame.IsSingleSegment)
        {
            // The buffer is this connection's own and the frame is consumed now, so nobody sees it masked again.
            bytes = MemoryMarshal.AsMemory(frame.First).Span;
        }
        else
        {
            _lent = ArrayPool<byte>.Shared.Rent((int)frame.Length);
            frame.CopyTo(_lent);
            bytes = _lent.AsSpan(0, (int)frame.Length);
        }

        WebSocketMask.Apply(bytes, mask);
        return bytes;
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
    }
}
