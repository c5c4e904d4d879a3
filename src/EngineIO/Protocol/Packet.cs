using System.Text;

namespace EngineIO.Protocol;

/// <summary>
/// A packet on its way out: encoded once, immutable, and shared by every session that sends it, on any thread.
/// It holds the WebSocket frame that carries it (server frames are not masked), of which the packet of the other
/// forms is a slice.
/// </summary>
public sealed class Packet
{
    private readonly byte[] _frame;
    private readonly int _headerLength;
    private byte[]? _compressedFrame;

    private Packet(PacketType type, bool isBinary, bool isControl, byte[] frame, int headerLength)
    {
        Type = type;
        IsBinary = isBinary;
        IsControl = isControl;
        _frame = frame;
        _headerLength = headerLength;
    }

    /// <summary>The Engine.IO type.</summary>
    public PacketType Type { get; }

    /// <summary>Whether the data is binary. Only messages are.</summary>
    public bool IsBinary { get; }

    /// <summary>Bytes that this packet counts for in a send buffer.</summary>
    public int Size => _frame.Length;

    /// <summary>A frame of the WebSocket protocol itself (ping, pong, close); it exists on that transport only.</summary>
    internal bool IsControl { get; }

    /// <summary>The complete WebSocket frame of text packets, and of binary ones in revision 4.</summary>
    internal ReadOnlySpan<byte> Frame => _frame;

    /// <summary>
    /// The frame with its payload compressed (RFC 7692, section 7.2.1), or as it is where that makes it no smaller. Compressed once
    /// for all that send it, since no message depends on the one before.
    /// </summary>
    internal ReadOnlySpan<byte> CompressedFrame => _compressedFrame ??= MessageDeflate.Compress(_frame[0], Payload) ?? _frame;

    /// <summary>Text: the type digit and the data. Binary: the data alone.</summary>
    internal ReadOnlySpan<byte> Payload => _frame.AsSpan(_headerLength);

    internal static Packet Ping { get; } = Text(PacketType.Ping, default);

    internal static Packet Pong { get; } = Text(PacketType.Pong, default);

    internal static Packet Noop { get; } = Text(PacketType.Noop, default);

    internal static Packet Close { get; } = Text(PacketType.Close, default);

    internal static Packet ProbeAnswer { get; } = Text(PacketType.Pong, "probe"u8);

    /// <summary>A message with text.</summary>
    /// <param name="utf8">The text as valid UTF-8; copied.</param>
    public static Packet TextMessage(ReadOnlySpan<byte> utf8) => Text(PacketType.Message, utf8);

    /// <summary>A message with binary data.</summary>
    /// <param name="data">The data; copied.</param>
    public static Packet BinaryMessage(ReadOnlySpan<byte> data)
    {
        var frame = FrameHeader.Allocate(FrameHeader.Binary, data.Length, out var headerLength);
        data.CopyTo(frame.AsSpan(headerLength));
        return new Packet(PacketType.Message, isBinary: true, isControl: false, frame, headerLength);
    }

    internal static Packet Text(PacketType type, ReadOnlySpan<byte> data)
    {
        var frame = FrameHeader.Allocate(FrameHeader.Text, data.Length + 1, out var headerLength);
        frame[headerLength] = (byte)('0' + (int)type);
        data.CopyTo(frame.AsSpan(headerLength + 1));
        return new Packet(type, isBinary: false, isControl: false, frame, headerLength);
    }

    internal static Packet Control(byte opcode, ReadOnlySpan<byte> data)
    {
        var frame = FrameHeader.Allocate(opcode, data.Length, out var headerLength);
        data.CopyTo(frame.AsSpan(headerLength));
        return new Packet(PacketType.Noop, isBinary: false, isControl: true, frame, headerLength);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        IsBinary ? $"{Type} ({Payload.Length} bytes)" : Encoding.UTF8.GetString(Payload);
}
