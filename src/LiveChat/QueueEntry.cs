namespace LiveChat;

/// <summary>A customer who waits, as agents see it. The longest wait has position 1.</summary>
public sealed record QueueEntry(
    Guid ConversationId,
    Customer Customer,
    string Channel,
    DateTimeOffset EnqueuedAt,
    int Position);
