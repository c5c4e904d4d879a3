namespace LiveChat;

/// <summary>What passes between those in a conversation and is not in its log: it may be lost, and nothing is wrong for long if it is.</summary>
/// <param name="ConversationId">Where it is shown.</param>
/// <param name="Participant">Whom it is about.</param>
/// <param name="At">When it was so.</param>
public abstract record Signal(Guid ConversationId, Participant Participant, DateTimeOffset At);

/// <summary>A participant's last socket has been gone for the grace, or one is back.</summary>
public sealed record PresenceChange(Guid ConversationId, Participant Participant, bool IsPresent, DateTimeOffset At)
    : Signal(ConversationId, Participant, At);

/// <summary>The participant has read up to this sequence, which the store holds.</summary>
public sealed record ReadChange(Guid ConversationId, Participant Participant, long Sequence, DateTimeOffset At)
    : Signal(ConversationId, Participant, At);

/// <summary>The participant writes something, or has stopped.</summary>
/// <param name="ExpiresAt">When it counts no more if nothing else is heard; null where it has stopped.</param>
/// <param name="Origin">The socket that it comes from: one of a participant's sockets may write while another is still.</param>
public sealed record TypingChange(Guid ConversationId, Participant Participant, bool IsTyping, DateTimeOffset At, DateTimeOffset? ExpiresAt, string Origin)
    : Signal(ConversationId, Participant, At);
