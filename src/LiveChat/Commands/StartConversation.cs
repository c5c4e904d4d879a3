namespace LiveChat;

/// <summary>
/// A customer wants to talk. Not a <see cref="ConversationCommand"/>, because there may be no conversation yet: the store finds
/// the customer's active one or makes this one, whichever of any number of concurrent calls comes first.
/// </summary>
public sealed record StartConversation
{
    /// <summary>The id that a new conversation gets: random, since knowing it is enough to take part where authentication is off.</summary>
    public required Guid Id { get; init; }

    public required Customer Customer { get; init; }

    public required string Channel { get; init; }

    /// <summary>The host application's own JSON object about the visitor, compact, or null. Kept with the conversation.</summary>
    public string? Metadata { get; init; }

    public required DateTimeOffset Now { get; init; }

    public required TimeSpan WaitPerPlace { get; init; }

    /// <summary>The conversation before the first entry of its log, so that the store can place it in the queue.</summary>
    public Conversation Unlogged() => new()
    {
        Id = Id,
        Status = ConversationStatus.Queued,
        Channel = Channel,
        Customer = Customer,
        LastSequence = 0,
        CreatedAt = Now,
        UpdatedAt = Now,
        QueuedAt = Now,
    };

    /// <summary>The conversation and its first entry, once the store knows how many wait longer.</summary>
    public Decision Decide(int position)
    {
        var (after, entry) = Unlogged().To(
            TransitionKind.Queued,
            Now,
            Customer.AsParticipant(),
            c => c with { Queue = QueuePlace.At(position, WaitPerPlace) });
        return Decision.Append(after, entry);
    }
}
