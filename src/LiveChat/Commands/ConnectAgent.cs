namespace LiveChat;

/// <summary>The agent opened the conversation's socket. Only the first time changes anything.</summary>
public sealed record ConnectAgent : ConversationCommand
{
    public required Caller Caller { get; init; }

    private protected override Decision DecideOn(Conversation current, Facts facts)
    {
        // What is closed can still be read, also when no agent ever held it.
        if (current.IsClosed)
            return Caller.RefuseRead(current) is { } notYours ? Decision.Refuse(notYours) : Decision.Nothing(current);
        if (Caller.RefuseWrite(current) is { } error)
        {
            // Who may read what is another's listens there, and connects nothing.
            return error == ChatError.NotYours && Caller.RefuseRead(current) is null ? Decision.Nothing(current) : Decision.Refuse(error);
        }

        if (current.Status is not ConversationStatus.Assigned)
            return Decision.Nothing(current);

        var (after, entry) = current.ToConnected(Now);
        return Decision.Append(after, entry);
    }
}
