using LiveChat.Server.Storage.Core;

namespace LiveChat.Tests.Support;

/// <summary>Commands with what most tests do not care about.</summary>
internal static class Sample
{
    /// <summary>The conversation, null when there is none.</summary>
    internal static async Task<Conversation?> FindAsync(this ChatStore store, Guid conversationId, CancellationToken cancellationToken) =>
        (await store.FindWithPositionAsync(conversationId, cancellationToken))?.Conversation;

    public static readonly TimeSpan Ttl = TimeSpan.FromMinutes(30);

    public static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    public static StartConversation Start(string fingerprint, string? name = null, string? phone = null, DateTimeOffset? at = null) => new()
    {
        Id = Guid.NewGuid(),
        Caller = Backends.AnyCustomer,
        Customer = new Customer(fingerprint, name, phone),
        Channel = "web",
        Now = at ?? Noon,
        Wait = new WaitEstimate(TimeSpan.FromMinutes(2), Ttl),
    };

    public static SendMessage Send(Guid id, string content) => new()
    {
        ConversationId = id,
        Now = Noon,
        Caller = Backends.AnyCustomer,
        MessageId = Guid.NewGuid(),
        Content = content,
        QueueEntryTtl = Ttl,
    };

    public static MarkRead Read(Guid id, long sequence, Caller? caller = null) => new()
    {
        ConversationId = id,
        Now = Noon,
        Caller = caller ?? Backends.AnyCustomer,
        Sequence = sequence,
    };

    public static AcceptConversation Accept(Guid id, string agentId, DateTimeOffset? at = null) => new()
    {
        ConversationId = id,
        Now = at ?? Noon,
        Caller = Backends.Agent(agentId),
        Agent = new Agent(agentId, null),
        MaxConcurrent = 3,
        QueueEntryTtl = Ttl,
    };

    public static CloseConversation Close(Guid id) => new()
    {
        ConversationId = id,
        Now = Noon,
        Caller = Backends.AnyCustomer,
        Reason = "done",
    };
}
