namespace LiveChat.Tests.Bus;

/// <summary>Entries and signals with what most tests do not care about.</summary>
internal static class BusSample
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    private static readonly Participant Visitor = new("visitor", ParticipantType.Customer, "Jane");

    public static Message Message(Guid conversationId, long sequence, string content = "hello", string? metadata = null) => new()
    {
        ConversationId = conversationId,
        Sequence = sequence,
        Timestamp = Noon,
        Id = Guid.NewGuid(),
        Sender = Visitor,
        Content = content,
        Metadata = metadata,
    };

    public static Transition Transition(Guid conversationId, long sequence = 1, string? metadata = null) => new()
    {
        ConversationId = conversationId,
        Sequence = sequence,
        Timestamp = Noon,
        Kind = TransitionKind.Queued,
        Participant = Visitor,
        Conversation = new Conversation
        {
            Id = conversationId,
            Status = ConversationStatus.Queued,
            Channel = "web",
            Customer = new Customer("visitor", "Jane", null),
            Metadata = metadata,
            Chain = Guid.NewGuid(),
            StartKey = "key",
            LastSequence = sequence,
            CreatedAt = Noon,
            UpdatedAt = Noon,
            QueuedAt = Noon,
        },
    };

    public static Signal Read(Guid conversationId, long sequence) => new ReadChange(conversationId, Visitor, sequence, Noon);
}
