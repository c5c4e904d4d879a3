namespace LiveChat;

/// <summary>A participant ends the conversation, also while it waits in the queue. Closing twice changes nothing.</summary>
public sealed record CloseConversation : ConversationCommand
{
    public required Caller Caller { get; init; }

    public string? Reason { get; init; }

    /// <summary>Any agent may take a customer out of the queue; one that is not named there has no participant of its own.</summary>
    private Participant? Closer(Conversation current) => Caller.Type is ParticipantType.Customer
        ? current.Customer.AsParticipant()
        : current.Agent?.AsParticipant() ?? (Caller.Id is { } id ? new Participant(id, ParticipantType.Agent, DisplayName: null) : null);

    private protected override Decision DecideOn(Conversation current, Facts facts)
    {
        if (current.Refuse(Caller) is { } notYours)
            return Decision.Refuse(notYours);
        if (current.IsClosed)
            return Decision.Nothing(current);

        var (after, entry) = current.ToClosed(Now, Caller.Type, Closer(current), Reason);
        return Decision.Append(after, entry);
    }
}
