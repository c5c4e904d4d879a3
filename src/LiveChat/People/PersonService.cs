using System.Runtime.CompilerServices;

namespace LiveChat;

/// <summary>What a person may ask of the operator about themselves: everything that is kept, and that it be erased.</summary>
public sealed class PersonService(IPeopleStore store, ChatService chat)
{
    /// <summary>How many conversations are looked up at once.</summary>
    private const int Batch = 50;

    /// <summary>
    /// Erases the content of all conversations of the customer, the active one too, which is ended first. Repeated after it
    /// failed or was cut short, it goes on where it stopped; when nothing is left it erases nothing.
    /// </summary>
    public async Task<Erasure> EraseAsync(Caller caller, string customerId, CancellationToken cancellationToken)
    {
        caller.Demand(Permission.ErasePerson);
        var total = new Erasure(Conversations: 0, Messages: 0);
        await foreach (var conversation in ReadAllAsync(customerId, cancellationToken))
        {
            if (!conversation.IsClosed)
                await chat.EndAsync(caller, conversation.Id, EndConversation.Erased, cancellationToken);
            total += await store.EraseAsync(conversation.Id, customerId, cancellationToken);
        }

        return total;
    }

    /// <summary>The conversations of the customer, oldest first, a page at a time.</summary>
    public IAsyncEnumerable<Conversation> ReadAsync(Caller caller, string customerId, CancellationToken cancellationToken)
    {
        caller.Demand(Permission.ExportPerson);
        return ReadAllAsync(customerId, cancellationToken);
    }

    private async IAsyncEnumerable<Conversation> ReadAllAsync(string customerId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var after = 0L;
        while (true)
        {
            var page = await store.ReadCustomerAsync(customerId, after, Batch, cancellationToken);
            foreach (var found in page)
                yield return found.Conversation;
            if (page.Count < Batch)
                yield break;
            after = page[^1].Key;
        }
    }
}
