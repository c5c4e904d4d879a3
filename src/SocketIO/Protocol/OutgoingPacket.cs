namespace SocketIO.Protocol;

/// <summary>A packet to encode.</summary>
internal readonly ref struct OutgoingPacket(SocketPacketType type, string ns)
{
    public SocketPacketType Type { get; } = type;

    public string Namespace { get; } = ns;

    public ulong? Id { get; init; }

    /// <summary>The name of an event; null for other types.</summary>
    public string? EventName { get; init; }

    /// <summary>Events and acknowledgements: the arguments, comma-separated. Others: the whole payload. JSON in either case, and empty for none.</summary>
    public ReadOnlySpan<byte> Json { get; init; }

    /// <summary>The binary values that placeholders in the JSON stand for.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Attachments { get; init; } = [];

    /// <summary>The position in the recovery log, sent as a last argument; null for none.</summary>
    public string? Offset { get; init; }
}
