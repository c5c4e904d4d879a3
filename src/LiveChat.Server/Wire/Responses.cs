namespace LiveChat.Server.Wire;

internal sealed record StartSessionResponse(
    Guid ConversationId,
    ConversationStatus Status,
    bool Resumed,
    ConversationBody Conversation);

internal sealed record SeedResponse(int Created, IReadOnlyList<Guid> ConversationIds);
