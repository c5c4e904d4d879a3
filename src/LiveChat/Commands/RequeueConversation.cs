namespace LiveChat;

/// <summary>The agent is gone: the customer waits again, at the old place, for another.</summary>
public sealed record RequeueConversation : ConversationCommand
{
    /// <summary>The agent that was found gone. Nothing happens if another holds the conversation by now.</summary>
    public required string AgentId { get; init; }

    public required WaitEstimate Wait { get; init; }

    private protected override NeededFacts NeedsFor(Conversation current) => new() { Position = true };

    private protected override Decision DecideOn(Conversation current, Facts facts)
    {
        if (!current.IsHeld || current.Agent!.Id != AgentId)
            return Decision.Nothing(current);

        var place = QueuePlace.At(facts.Position, Wait);
        var (after, entry) = current.To(
            TransitionKind.Requeued,
            Now,
            current.Agent.AsParticipant(),
            c => c with { Status = ConversationStatus.Queued, Agent = null, Queue = place, QueuedAt = c.UpdatedAt },
            reason: "agent_gone");
        return Decision.Append(after, entry);
    }
}
