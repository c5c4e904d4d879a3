namespace LiveChat.Server.Wire;

internal sealed record StartSessionResponse(
    Guid ConversationId,
    ConversationStatus Status,
    bool Resumed,
    ConversationBody Conversation,
    string? SessionToken,
    DateTimeOffset? SessionTokenExpiresAt);

internal sealed record SeedResponse(int Created, IReadOnlyList<Guid> ConversationIds);
