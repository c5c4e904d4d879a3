namespace LiveChat;

/// <summary>What the server looks for that has run out of time. May be called from any thread, by any number of servers at once.</summary>
public interface IHousekeepingStore
{
    /// <summary>
    /// Open conversations that <see cref="ExpireConversation"/> would close at one of these times, the oldest first. Only candidates: the
    /// command decides.
    /// </summary>
    /// <param name="times">Before which something must have happened.</param>
    /// <param name="after">The key of the last candidate of the page before; null for the first page.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<IReadOnlyList<Candidate>> FindExpiredAsync(ExpiryTimes times, long? after, int count, CancellationToken cancellationToken);

    /// <summary>Every conversation that an agent holds, with that agent's id.</summary>
    Task<IReadOnlyList<HeldConversation>> ReadHeldAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Removes at most <paramref name="count"/> conversations that were closed before <paramref name="closedBefore"/>, the oldest
    /// first, with their logs, and gives how many. Done in transactions so short that sends are not held up; while a long log is
    /// being removed, what is left of it is its beginning, without a gap.
    /// </summary>
    Task<int> RemoveClosedAsync(DateTimeOffset closedBefore, int count, CancellationToken cancellationToken);
}

/// <summary>The times before which something must have happened for a conversation to have run out of time; null is never.</summary>
public sealed record ExpiryTimes(DateTimeOffset? QueuedBefore, DateTimeOffset? ActiveBefore, DateTimeOffset? CreatedBefore);

/// <param name="Key">Where it stands among all, in the order in which they began.</param>
public sealed record Candidate(Guid ConversationId, long Key);

public sealed record HeldConversation(Guid ConversationId, string AgentId);
