namespace LiveChat;

/// <summary>How much there is in the store, for who runs it. May be called from any thread.</summary>
public interface IStoreTotals
{
    /// <summary>How many conversations there are, and who waits. Read by what is indexed: it may be asked for all the time.</summary>
    Task<StoreTotals> ReadTotalsAsync(CancellationToken cancellationToken);

    /// <summary>How much is kept. The first call after a start, or after conversations were removed, looks at every entry.</summary>
    Task<StoreSize> ReadSizeAsync(CancellationToken cancellationToken);
}

/// <param name="Conversations">By status, each of them.</param>
/// <param name="OldestQueuedAt">When whoever has waited longest entered the queue last; null when nobody waits.</param>
public sealed record StoreTotals(IReadOnlyDictionary<ConversationStatus, long> Conversations, DateTimeOffset? OldestQueuedAt);

public sealed record StoreSize(long Bytes, long Conversations, long Messages);
