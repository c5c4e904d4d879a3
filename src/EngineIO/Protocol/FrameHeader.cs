using System.Buffers.Binary;

namespace EngineIO.Protocol;

/// <summary>The header of an unmasked, unfragmented WebSocket frame (RFC 6455, section 5.2), as a server sends it.</summary>
internal static class FrameHeader
{
    public const byte Continuation = 0x0;
    public const byte Text = 0x1;
    public const byte Binary = 0x2;
    public const byte Close = 0x8;
    public const byte Ping = 0x9;
    public const byte Pong = 0xA;

    /// <summary>The bit beside the opcode that marks a compressed message (RFC 7692, section 6).</summary>
    public const byte Compressed = 0x40;

    public const int MaxLength = 10;

    public static int LengthFor(long payloadLength) => payloadLength switch { < 126 => 2, <= ushort.MaxValue => 4, _ => MaxLength };

    public static int Write(Span<byte> destination, byte opcode, long payloadLength)
    {
        destination[0] = (byte)(0x80 | opcode);
        switch (LengthFor(payloadLength))
        {
            case 2:
                destination[1] = (byte)payloadLength;
                return 2;
            case 4:
                destination[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)payloadLength);
                return 4;
            default:
                destination[1] = 127;
                BinaryPrimitives.WriteInt64BigEndian(destination[2..], payloadLength);
                return MaxLength;
        }
    }

    /// <summary>An array of exactly header and payload, its header written.</summary>
    public static byte[] Allocate(byte opcode, int payloadLength, out int headerLength)
    {
        headerLength = LengthFor(payloadLength);
        var frame = GC.AllocateUninitializedArray<byte>(headerLength + payloadLength);
        Write(frame, opcode, payloadLength);
        return frame;
    }
}
