namespace LiveChat;

/// <summary><c>Queued → Assigned → Connected → Closed</c>; an agent that is gone sends it back to <c>Queued</c>.</summary>
public enum ConversationStatus
{
    /// <summary>The customer waits for an agent.</summary>
    Queued,

    /// <summary>An agent accepted.</summary>
    Assigned,

    /// <summary>That agent opened the conversation's socket or sent a first message.</summary>
    Connected,

    /// <summary>Over, and never resumed.</summary>
    Closed,
}

/// <summary>
/// What a conversation stands at: the projection of its log. Every value is immutable; a change is a new value, made by a
/// <see cref="ConversationCommand"/> together with the log entries that say why.
/// </summary>
public sealed record Conversation
{
    public required Guid Id { get; init; }

    public required ConversationStatus Status { get; init; }

    public required string Channel { get; init; }

    public required Customer Customer { get; init; }

    /// <summary>What the host application says of the visitor: a JSON object, compact, or null.</summary>
    public string? Metadata { get; init; }

    /// <summary>
    /// Which chain of session tokens it belongs to: a visitor without an account reaches it by a token of that chain alone. Null where
    /// whoever began it has a credential of its own. Shown to nobody.
    /// </summary>
    public Guid? Chain { get; init; }

    /// <summary>What the call that began it can be repeated by, hashed; null when it cannot. Shown to nobody.</summary>
    public string? StartKey { get; init; }

    public Agent? Agent { get; init; }

    /// <summary>Null unless queued; also null where nobody asked for it, since a place costs a count of those before.</summary>
    public QueuePlace? Queue { get; init; }

    /// <summary>The sequence of the newest entry of the log.</summary>
    public required long LastSequence { get; init; }

    /// <summary>How far each side has read.</summary>
    public ReadMarkers Read { get; init; } = ReadMarkers.None;

    public ParticipantType? ClosedBy { get; init; }

    public string? CloseReason { get; init; }

    /// <summary>When it began, which is when it first entered the queue.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the newest entry was made.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When it last entered the queue; the entry's lifetime counts from here.</summary>
    public required DateTimeOffset QueuedAt { get; init; }

    public DateTimeOffset? AcceptedAt { get; init; }

    public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>Whether an agent holds it: what counts against the agent's capacity.</summary>
    public bool IsHeld => Status is ConversationStatus.Assigned or ConversationStatus.Connected;

    public bool IsClosed => Status is ConversationStatus.Closed;

    /// <param name="timeToLive">Null while no entry runs out of time.</param>
    public bool IsQueueEntryExpired(DateTimeOffset now, TimeSpan? timeToLive) =>
        Status is ConversationStatus.Queued && QueuedAt + timeToLive <= now;

    /// <summary>As it stands after this entry of its log.</summary>
    public Conversation After(ConversationEvent entry) => entry.Match(
        message => this with { LastSequence = message.Sequence, UpdatedAt = message.Timestamp },
        transition => transition.Conversation);
}
