namespace LiveChat;

/// <summary>A participant ends the conversation, also while it waits in the queue. Closing twice changes nothing.</summary>
public sealed record CloseConversation : ConversationCommand
{
    public required Caller Caller { get; init; }

    public string? Reason { get; init; }

    private protected override Decision DecideOn(Conversation current, Facts facts)
    {
        if (Caller.RefuseRead(current) is { } notYours)
            return Decision.Refuse(notYours);
        if (current.IsClosed)
            return Decision.Nothing(current);

        var (after, entry) = current.ToClosed(Now, Caller.Side, Caller.SpeakerIn(current), Reason);
        return Decision.Append(after, entry);
    }
}
