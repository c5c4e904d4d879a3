namespace LiveChat;

/// <summary>A participant ends the conversation. Closing twice changes nothing.</summary>
public sealed record CloseConversation : ConversationCommand
{
    public required Caller Caller { get; init; }

    public string? Reason { get; init; }

    public override Decision Decide(Conversation current, ICommandFacts facts)
    {
        if (current.IsClosed)
            return current.Refuse(Caller) is { } notYours ? Decision.Refuse(notYours) : Decision.Nothing(current);
        if (current.RefuseWrite(Caller) is { } error)
            return Decision.Refuse(error);

        var (after, entry) = current.ToClosed(Now, current.ParticipantFor(Caller), Reason);
        return Decision.Append(after, entry);
    }
}
