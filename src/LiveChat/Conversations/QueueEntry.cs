namespace LiveChat;

/// <summary>A customer who waits, as agents see it. The longest wait has position 1.</summary>
/// <param name="Key">Where it stands among all conversations, in the order in which they began.</param>
public sealed record QueueEntry(
    Guid ConversationId,
    Customer Customer,
    string Channel,
    DateTimeOffset EnqueuedAt,
    int Position,
    long Key);
