namespace LiveChat;

/// <summary>What is kept of a person, to be given out and erased. May be called from any thread.</summary>
public interface IPeopleStore
{
    /// <summary>
    /// Conversations of the customer in the order in which they began, those after the key <paramref name="after"/>, at most
    /// <paramref name="count"/>.
    /// </summary>
    Task<IReadOnlyList<FoundConversation>> ReadCustomerAsync(string customerId, long after, int count, CancellationToken cancellationToken);

    /// <summary>
    /// Erases what this customer's conversation says of people: the content, metadata and client message ids of its messages, whoever
    /// wrote them; the customer's name, phone and metadata; and a participant's own words for closing it. The customer's id
    /// becomes <see cref="Erasure.PseudonymOf"/>, everywhere in it. The log keeps its entries with their sequences, times, kinds
    /// and types of senders, so a client that resumes finds no gap. Done in transactions so short that sends are not held up, the
    /// id last: one that was cut short is found again and finished by the next call. Nothing happens, and zeros are
    /// given, when the conversation is not this customer's (any more) or is not closed.
    /// </summary>
    Task<Erasure> EraseAsync(Guid conversationId, string customerId, CancellationToken cancellationToken);
}

/// <summary>How many conversations, and messages in them, were erased.</summary>
public sealed record Erasure(int Conversations, long Messages)
{
    /// <summary>
    /// What stands for the person from then on. Made of the conversation's own random id alone, so it says nothing of the person
    /// nor of that person's other conversations, and is the same however often an erasure is begun.
    /// </summary>
    public static string PseudonymOf(Guid conversationId) => $"erased-{conversationId}";

    public static Erasure operator +(Erasure one, Erasure other) =>
        new(one.Conversations + other.Conversations, one.Messages + other.Messages);
}
