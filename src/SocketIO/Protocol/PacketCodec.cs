namespace SocketIO.Protocol;

/// <summary>
/// How Socket.IO packets become Engine.IO messages. Clients and server must use the same; there is no negotiation. Another than
/// <see cref="Json"/> is added by its package: <c>SocketIO.MessagePack</c>.
/// </summary>
public abstract class PacketCodec
{
    private protected PacketCodec()
    {
    }

    /// <summary>The protocol's own encoding, which every client speaks unless told otherwise: text, with binary values as separate messages.</summary>
    public static PacketCodec Json { get; } = new JsonPacketCodec();

    internal abstract EncodedPacket Encode(in OutgoingPacket packet);

    internal abstract PacketDecoder CreateDecoder(DecoderLimits limits);
}

/// <summary>The bounds of what a client may send in one packet.</summary>
internal readonly record struct DecoderLimits(int MaxAttachments, int MaxPacketBytes, int MaxDepth);

/// <summary>The receiving half of a codec, for one connection. Not thread-safe. After a false answer the connection is to be closed.</summary>
internal abstract class PacketDecoder
{
    /// <summary>Whether a packet is incomplete: its header came and some of its attachments did not.</summary>
    public abstract bool IsWaiting { get; }

    /// <summary>Takes a text message. The packet is null when more is needed.</summary>
    public abstract bool TryAddText(ReadOnlySpan<byte> text, out IncomingPacket? packet);

    /// <summary>Takes a binary message. The packet is null when more is needed.</summary>
    public abstract bool TryAddBinary(ReadOnlySpan<byte> data, out IncomingPacket? packet);
}
