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

    public Agent? Agent { get; init; }

    /// <summary>Null unless queued; also null where nobody asked for it, since a place costs a count of those before.</summary>
    public QueuePlace? Queue { get; init; }

    /// <summary>The sequence of the newest entry of the log.</summary>
    public required long LastSequence { get; init; }

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

    /// <summary>Null when <paramref name="caller"/> may see this conversation, else why not.</summary>
    public ChatError? Refuse(Caller caller)
    {
        if (caller.Id is null)
            return null;

        var owner = caller.Type is ParticipantType.Customer ? Customer.Id : Agent?.Id;
        return owner is null || owner == caller.Id ? null : ChatError.NotYours;
    }

    /// <summary>
    /// Null when <paramref name="caller"/> may write to this conversation, else why not. Expects that the conversation is open:
    /// what is closed is refused as such by each command.
    /// </summary>
    public ChatError? RefuseWrite(Caller caller) =>
        Refuse(caller) ?? (caller.Type is ParticipantType.Agent && Agent is null ? ChatError.NotAccepted : null);

    /// <summary>Who <paramref name="caller"/> is in this conversation, once <see cref="RefuseWrite"/> let it through.</summary>
    public Participant ParticipantFor(Caller caller) => caller.Type switch
    {
        ParticipantType.Customer => Customer.AsParticipant(),
        ParticipantType.Agent => Agent?.AsParticipant()
            ?? throw new InvalidOperationException("No agent holds the conversation: RefuseWrite was not asked."),
        _ => throw new ArgumentOutOfRangeException(nameof(caller), caller.Type, "The server is nobody's caller."),
    };
}
