namespace LiveChat;

/// <summary>
/// An agent takes a customer from the queue. Of any number of agents one wins; to accept again what one already holds is
/// answered as the first time. Where several refusals apply: gone, then conflict, then capacity.
/// </summary>
public sealed record AcceptConversation : ConversationCommand
{
    public required Caller Caller { get; init; }

    public required Agent Agent { get; init; }

    public required int MaxConcurrent { get; init; }

    /// <summary>Null while no entry runs out of time.</summary>
    public required TimeSpan? QueueEntryTtl { get; init; }

    private protected override NeededFacts NeedsFor(Conversation current) => new() { HeldBy = Agent.Id };

    private protected override Decision DecideOn(Conversation current, Facts facts)
    {
        if (Caller.NamesAnother)
            return Decision.Refuse(ChatError.NotYours);
        if (current.IsClosed)
            return Decision.Refuse(ChatError.Closed);
        if (current.IsHeld)
            return current.Agent!.Id == Agent.Id ? Decision.Nothing(current) : Decision.Refuse(ChatError.AcceptedByAnother);
        if (current.IsQueueEntryExpired(Now, QueueEntryTtl))
            return Decision.Refuse(ChatError.EntryExpired);
        if (facts.Held >= MaxConcurrent)
            return Decision.Refuse(ChatError.AtCapacity(MaxConcurrent));

        var (after, entry) = current.To(
            TransitionKind.Assigned,
            Now,
            Agent.AsParticipant(),
            c => c with { Status = ConversationStatus.Assigned, Agent = Agent, Queue = null, AcceptedAt = c.UpdatedAt });
        return Decision.Append(after, entry);
    }
}
