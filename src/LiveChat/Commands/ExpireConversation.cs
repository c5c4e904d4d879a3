namespace LiveChat;

/// <summary>
/// The server closes what has run out of time. It decides again on what the conversation is now, so several servers may
/// find the same one at once, and a customer who wrote in the meantime is not cut off.
/// </summary>
public sealed record ExpireConversation : ConversationCommand
{
    public const string QueueTimeout = "queue_timeout";
    public const string Inactivity = "inactivity";
    public const string MaxDuration = "max_duration";

    public required Lifetimes Lifetimes { get; init; }

    private protected override Decision DecideOn(Conversation current, Facts facts)
    {
        if (ReasonFor(current) is not { } reason)
            return Decision.Nothing(current);

        var (after, entry) = current.ToClosed(Now, ParticipantType.System, closer: null, reason);
        return Decision.Append(after, entry);
    }

    private string? ReasonFor(Conversation current) => current switch
    {
        { IsClosed: true } => null,
        _ when current.IsQueueEntryExpired(Now, Lifetimes.QueueEntry) => QueueTimeout,
        _ when current.CreatedAt + Lifetimes.Duration <= Now => MaxDuration,
        // A customer who waits is not inactive: the queue entry's own lifetime is for them.
        { IsHeld: true } when current.UpdatedAt + Lifetimes.Inactivity <= Now => Inactivity,
        _ => null,
    };
}
