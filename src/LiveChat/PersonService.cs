using System.Runtime.CompilerServices;

namespace LiveChat;

/// <summary>What a person may ask of the operator about themselves: everything that is kept, and that it be erased.</summary>
public sealed class PersonService(IChatStore store, ChatService chat)
{
    /// <summary>How many conversations are looked up at once.</summary>
    private const int Batch = 50;

    // How many conversations were erased, and how many of them are known to be gone from the store's files. At the start that is none,
    // whoever erased before.
    private long _erased;
    private long _purged = -1;

    /// <summary>
    /// Erases the content of all conversations of the customer, the active one too, which is ended first. Repeated after it
    /// failed or was cut short, it goes on where it stopped; when nothing is left it erases nothing.
    /// </summary>
    public async Task<Erasure> EraseAsync(string customerId, CancellationToken cancellationToken)
    {
        var total = new Erasure(Conversations: 0, Messages: 0);
        await foreach (var (_, conversation, _) in ReadAsync(customerId, cancellationToken))
        {
            if (!conversation.IsClosed)
                await chat.EndAsync(conversation.Id, EndConversation.Erased, cancellationToken);
            total += await store.EraseAsync(conversation.Id, customerId, cancellationToken);
            Interlocked.Increment(ref _erased);
        }

        await PurgeAsync(cancellationToken);
        return total;
    }

    /// <summary>Purges what was erased since the last time, by whatever call: a purge holds up all writes, and is not for nothing.</summary>
    private async Task PurgeAsync(CancellationToken cancellationToken)
    {
        var erased = Interlocked.Read(ref _erased);
        if (Interlocked.Read(ref _purged) >= erased)
            return;

        await store.PurgeAsync(cancellationToken);
        Interlocked.Exchange(ref _purged, erased);
    }

    /// <summary>The conversations of the customer, oldest first, a page at a time.</summary>
    public async IAsyncEnumerable<CustomerConversation> ReadAsync(
        string customerId,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var after = 0L;
        while (true)
        {
            var page = await store.ReadCustomerAsync(customerId, after, Batch, cancellationToken);
            foreach (var conversation in page)
                yield return conversation;
            if (page.Count < Batch)
                yield break;
            after = page[^1].Position;
        }
    }
}
