namespace LiveChat.Server.Wire;

// What the operator is given of a conversation: nothing that anybody wrote.

/// <summary>As <see cref="ConversationBody"/>, but for names, contact, metadata and the reason that was given for closing it.</summary>
internal sealed record SupportConversationBody(
    Guid Id,
    ConversationStatus Status,
    string Channel,
    SupportPersonBody Customer,
    SupportPersonBody? Agent,
    long LastSequence,
    ParticipantType? ClosedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset QueuedAt,
    DateTimeOffset? AcceptedAt,
    DateTimeOffset? ClosedAt)
{
    public static SupportConversationBody From(Conversation c) => new(
        c.Id, c.Status, c.Channel, new(c.Customer.Id), c.Agent is { } agent ? new(agent.Id) : null, c.LastSequence, c.ClosedBy,
        c.CreatedAt, c.UpdatedAt, c.QueuedAt, c.AcceptedAt, c.ClosedAt);
}

internal sealed record SupportPersonBody(string Id);

internal sealed record SupportEventBody(long Sequence, string Type, DateTimeOffset Timestamp, ParticipantType SenderType)
{
    public static SupportEventBody From(ConversationEvent entry) => entry.Match<SupportEventBody>(
        static message => new(message.Sequence, "MESSAGE", message.Timestamp, message.Sender.Type),
        static transition => new(transition.Sequence, SystemEventTypes.Of(transition.Kind), transition.Timestamp, transition.Participant?.Type ?? ParticipantType.System));
}

internal sealed record SupportSocketBody(
    DateTimeOffset ConnectedAt,
    DateTimeOffset? DisconnectedAt,
    string? Reason,
    ParticipantType Role,
    string Transport,
    int Revision);

internal sealed record SupportStoreBody(string Provider, long SizeBytes, long Conversations, long Messages);

internal sealed record SupportRedisBody(long DbSize, long UsedMemoryBytes, string Version);

internal sealed record SupportServerBody(string Version, DateTimeOffset StartedAt, DateTimeOffset NowUtc);
