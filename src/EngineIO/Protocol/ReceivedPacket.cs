namespace EngineIO.Protocol;

/// <summary>A packet as decoded from a transport. The data belongs to the transport and is valid only during the call that carries it.</summary>
internal readonly ref struct ReceivedPacket(PacketType type, bool isBinary, ReadOnlySpan<byte> data)
{
    public PacketType Type { get; } = type;

    public bool IsBinary { get; } = isBinary;

    public ReadOnlySpan<byte> Data { get; } = data;

    /// <summary>Reads the text form of a packet: a type digit, then the data. Base64 forms are the caller's affair.</summary>
    public static bool TryParseText(ReadOnlySpan<byte> text, out ReceivedPacket packet)
    {
        packet = default;
        if (text.IsEmpty || text[0] is < (byte)'0' or > (byte)'6')
            return false;

        packet = new ReceivedPacket((PacketType)(text[0] - '0'), isBinary: false, text[1..]);
        return true;
    }
}
