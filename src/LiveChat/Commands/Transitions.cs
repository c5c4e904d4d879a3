namespace LiveChat;

/// <summary>The entries a conversation's log can gain. Each gives the entry and the conversation as it stands after it.</summary>
internal static class Transitions
{
    public static (Conversation After, Transition Entry) To(
        this Conversation current,
        TransitionKind kind,
        DateTimeOffset now,
        Participant? participant,
        Func<Conversation, Conversation> change,
        string? reason = null)
    {
        var after = change(current.Next(now));
        return (after, new Transition
        {
            ConversationId = after.Id,
            Sequence = after.LastSequence,
            Timestamp = after.UpdatedAt,
            Kind = kind,
            Participant = participant,
            Reason = reason,
            Conversation = after,
        });
    }

    public static (Conversation After, Transition Entry) ToConnected(this Conversation current, DateTimeOffset now) =>
        current.To(
            TransitionKind.Connected,
            now,
            current.Agent!.AsParticipant(),
            c => c with { Status = ConversationStatus.Connected });

    public static (Conversation After, Transition Entry) ToClosed(
        this Conversation current,
        DateTimeOffset now,
        ParticipantType closedBy,
        Participant? closer,
        string? reason) =>
        current.To(
            TransitionKind.Closed,
            now,
            closer,
            c => c with
            {
                Status = ConversationStatus.Closed,
                Queue = null,
                ClosedBy = closedBy,
                CloseReason = reason,
                ClosedAt = c.UpdatedAt,
            },
            reason);

    /// <summary>The conversation with one more entry in its log: clocks may step back, a log does not.</summary>
    public static Conversation Next(this Conversation current, DateTimeOffset now) => current with
    {
        LastSequence = current.LastSequence + 1,
        UpdatedAt = now > current.UpdatedAt ? now : current.UpdatedAt,
    };
}
