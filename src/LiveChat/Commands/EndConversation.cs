namespace LiveChat;

/// <summary>The server ends the conversation, whoever is in it and however far it is. Nothing happens when it is over already.</summary>
public sealed record EndConversation : ConversationCommand
{
    /// <summary>The person's content is about to be erased.</summary>
    public const string Erased = "erased";

    public required string Reason { get; init; }

    private protected override Decision DecideOn(Conversation current, Facts facts)
    {
        if (current.IsClosed)
            return Decision.Nothing(current);

        var (after, entry) = current.ToClosed(Now, ParticipantType.System, closer: null, Reason);
        return Decision.Append(after, entry);
    }
}
