namespace SocketIO.Protocol;

/// <summary>A decoded and validated packet. It owns its bytes.</summary>
internal sealed class IncomingPacket
{
    /// <summary>One of Connect, Disconnect, Event, Ack: the binary types are told by <see cref="Attachments"/>.</summary>
    public required SocketPacketType Type { get; init; }

    /// <summary>The namespace, with whatever query a client of protocol 4 appended to it.</summary>
    public required string Namespace { get; init; }

    /// <summary>The acknowledgement id; null when the packet has none.</summary>
    public ulong? Id { get; init; }

    /// <summary>The JSON of the payload: an object for Connect, an array for Event and Ack. Empty when the packet has none.</summary>
    public ReadOnlyMemory<byte> Json { get; init; }

    /// <summary>Whether the payload was nested too deep. It is not kept then: <see cref="Json"/> is an empty array or object.</summary>
    public bool IsTooDeep { get; init; }

    /// <summary>The name of an event.</summary>
    public string EventName { get; init; } = "";

    /// <summary>The part of <see cref="Json"/> that holds the arguments, comma-separated, without the event's name.</summary>
    public Range Arguments { get; init; }

    /// <summary>What the placeholders in the JSON stand for.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Attachments { get; set; } = [];

    public ReadOnlyMemory<byte> ArgumentsJson => Json[Arguments];
}
