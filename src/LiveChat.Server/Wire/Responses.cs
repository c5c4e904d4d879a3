namespace LiveChat.Server.Wire;

internal sealed record StartSessionResponse(
    Guid ConversationId,
    ConversationStatus Status,
    bool Resumed,
    ConversationBody Conversation);

internal sealed record AgentSessionResponse(
    Agent Agent,
    int MaxConcurrent,
    IReadOnlyList<ConversationBody> Conversations,
    IReadOnlyList<QueueEntryBody> Queue,
    long QueueSize);

internal sealed record SeedResponse(int Created, IReadOnlyList<Guid> ConversationIds);
