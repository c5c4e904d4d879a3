namespace LiveChat;

/// <summary>
/// A customer wants to talk: resumes the one active conversation or begins one, whichever of any number of concurrent calls comes
/// first. What is said anew of the customer is taken over; a value that is null was not said.
/// </summary>
public sealed record StartConversation : Command
{
    /// <summary>The id that a new conversation gets: random, since knowing it is enough to take part where authentication is off.</summary>
    public required Guid Id { get; init; }

    public required Caller Caller { get; init; }

    public required Customer Customer { get; init; }

    /// <summary>The chain that a new conversation belongs to; null where its customer needs none.</summary>
    public Guid? Chain { get; init; }

    /// <summary>What this call can be repeated by, hashed; null when it cannot. Kept with the conversation that it begins.</summary>
    public string? StartKey { get; init; }

    /// <summary>Of a new conversation only.</summary>
    public required string Channel { get; init; }

    /// <summary>The host application's own JSON object about the visitor, compact, or null.</summary>
    public string? Metadata { get; init; }

    public required WaitEstimate Wait { get; init; }

    /// <summary>Null while no entry runs out of time.</summary>
    public TimeSpan? QueueEntryTtl { get; init; }

    public override NeededFacts Needs(Conversation? current) => new() { Position = current is null or { Status: ConversationStatus.Queued } };

    /// <param name="current">The customer's active conversation, or null.</param>
    /// <param name="facts">The place in the queue.</param>
    public override Decision Decide(Conversation? current, Facts facts)
    {
        if (current is null)
            return Begin(facts.Position);

        // It is over and not closed yet: it is nobody's to go on with, and in nobody's way.
        if (current.IsQueueEntryExpired(Now, QueueEntryTtl))
            return Decision.Nothing(current);
        if (Caller.RefuseResume(current, StartKey) is { } notYours)
            return Decision.Refuse(notYours);

        var place = current.Status is ConversationStatus.Queued ? QueuePlace.At(facts.Position, Wait) : null;
        var (customer, metadata) = (current.Customer.With(Customer.DisplayName, Customer.Phone), Metadata ?? current.Metadata);
        if ((customer == current.Customer && metadata == current.Metadata) || Caller is AnonymousCaller)
            return Decision.Nothing(current with { Queue = place });

        var (after, entry) = current.To(
            TransitionKind.CustomerUpdated,
            Now,
            customer.AsParticipant(),
            c => c with { Customer = customer, Metadata = metadata, Queue = place });
        return Decision.Append(after, entry);
    }

    private Decision Begin(int position)
    {
        var unlogged = new Conversation
        {
            Id = Id,
            Status = ConversationStatus.Queued,
            Channel = Channel,
            Customer = Customer,
            Metadata = Metadata,
            Chain = Chain,
            StartKey = StartKey,
            LastSequence = 0,
            CreatedAt = Now,
            UpdatedAt = Now,
            QueuedAt = Now,
        };
        var (after, entry) = unlogged.To(
            TransitionKind.Queued,
            Now,
            Customer.AsParticipant(),
            c => c with { Queue = QueuePlace.At(position, Wait) });
        return Decision.Append(after, entry);
    }
}
