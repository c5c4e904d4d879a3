namespace LiveChat;

/// <summary>The queue, in the order in which customers entered it first. May be called from any thread.</summary>
public interface IQueueReads
{
    /// <summary>Who waits, the longest wait first, and how many wait in all.</summary>
    /// <param name="after">The key of the entry after which the page begins; null for the beginning.</param>
    /// <param name="offset">How many to pass over, of those after it.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<Counted<QueueEntry>> ReadQueueAsync(long? after, long offset, int count, CancellationToken cancellationToken);

    /// <summary>The ids of all who wait, the longest wait first.</summary>
    Task<IReadOnlyList<Guid>> ReadQueueOrderAsync(CancellationToken cancellationToken);

    /// <summary>When the newest <paramref name="count"/> accepted conversations were accepted, newest first.</summary>
    Task<IReadOnlyList<DateTimeOffset>> ReadRecentAcceptsAsync(int count, CancellationToken cancellationToken);
}
