namespace SocketIO;

/// <summary>An event on its way to a client, as listeners see it. Immutable, shared by all receivers of a broadcast, and may be kept.</summary>
public sealed class OutgoingEvent
{
    internal OutgoingEvent(string name, ReadOnlySpan<byte> json, IReadOnlyList<ReadOnlyMemory<byte>> attachments)
    {
        Name = name;
        ArgumentsJson = json.ToArray();
        Attachments = attachments;
    }

    /// <summary>The event's name.</summary>
    public string Name { get; }

    /// <summary>The arguments as JSON, separated by commas, without a recovery store's offset.</summary>
    public ReadOnlyMemory<byte> ArgumentsJson { get; }

    /// <summary>The binary values that placeholders in the JSON stand for.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Attachments { get; }
}
