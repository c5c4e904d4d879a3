namespace LiveChat;

/// <summary>What has come since, of many conversations in one read: for a server that has lost what others published. May be called from any thread.</summary>
public interface ILogTail
{
    /// <summary>
    /// Those of the conversations that have gone on, each with at most <paramref name="count"/> entries after its position, the open conversations of
    /// the customers, and those that the agents hold.
    /// </summary>
    Task<TailReport> ReadTailsAsync(
        IReadOnlyCollection<LogPosition> positions,
        IReadOnlyCollection<string> customers,
        IReadOnlyCollection<string> agents,
        int count,
        CancellationToken cancellationToken);
}

/// <summary>How much of a conversation is known.</summary>
public readonly record struct LogPosition(Guid ConversationId, long Sequence, ReadMarkers Read);

/// <param name="Conversation">As it stands.</param>
/// <param name="Entries">What came after the position, oldest first; none where only more was read.</param>
public sealed record LogTail(Conversation Conversation, IReadOnlyList<ConversationEvent> Entries);

/// <param name="Active">The customers' open ones.</param>
/// <param name="Held">The agents'.</param>
public sealed record TailReport(IReadOnlyList<LogTail> Tails, IReadOnlyList<Conversation> Active, IReadOnlyList<Conversation> Held);
