namespace LiveChat;

/// <summary>
/// An entry of a conversation's log. Messages and transitions share one numbering, 1, 2, 3, …, so who knows the last sequence
/// it saw knows whether it missed anything.
/// </summary>
public abstract record ConversationEvent
{
    public required Guid ConversationId { get; init; }

    public required long Sequence { get; init; }

    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>What is to be done with each kind of entry. A new kind is a new parameter, so that whoever must know it does not compile.</summary>
    public abstract T Match<T>(Func<Message, T> message, Func<Transition, T> transition);
}

/// <summary>Something that was said.</summary>
public sealed record Message : ConversationEvent
{
    public required Guid Id { get; init; }

    public required Participant Sender { get; init; }

    public required string Content { get; init; }

    /// <summary>The sender's own JSON object, compact, or null.</summary>
    public string? Metadata { get; init; }

    /// <summary>The sender's own id for this message: what makes a repeated send one message.</summary>
    public string? ClientMessageId { get; init; }

    public override T Match<T>(Func<Message, T> message, Func<Transition, T> transition) => message(this);
}

/// <summary>What happened to the conversation itself.</summary>
public enum TransitionKind
{
    Queued,
    Assigned,
    Connected,
    Requeued,

    /// <summary>The customer's name, contact or metadata changed.</summary>
    CustomerUpdated,

    Closed,
}

/// <summary>A step of the conversation's life.</summary>
public sealed record Transition : ConversationEvent
{
    public required TransitionKind Kind { get; init; }

    /// <summary>Who it is about: who started, accepted, connected, was lost or closed. Null when the server closed.</summary>
    public Participant? Participant { get; init; }

    public string? Reason { get; init; }

    /// <summary>The conversation as it stood after this entry.</summary>
    public required Conversation Conversation { get; init; }

    public override T Match<T>(Func<Message, T> message, Func<Transition, T> transition) => transition(this);
}
