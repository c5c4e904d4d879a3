namespace LiveChat;

/// <summary>
/// What somebody wants of one conversation, and the rule for it. A store calls <see cref="Decide"/> inside the transaction that
/// read <c>current</c>, so a decision is never made on what is no longer so; nothing else decides.
/// </summary>
public abstract record ConversationCommand
{
    public required Guid ConversationId { get; init; }

    /// <summary>The time of the call. An entry never carries an earlier time than the one before it.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>
    /// The agent whose number of held conversations the decision depends on, or null. A store lets commands of one such agent
    /// decide one after the other.
    /// </summary>
    public virtual string? CapacityOf => null;

    /// <summary>Pure: the same arguments give the same decision, as often as a store asks.</summary>
    public abstract Decision Decide(Conversation current, ICommandFacts facts);
}

/// <summary>What a command may ask beyond the conversation itself, answered as of the same transaction.</summary>
public interface ICommandFacts
{
    /// <summary>The message with this client message id by this sender in this conversation, or null.</summary>
    Message? FindMessage(Guid conversationId, Participant sender, string clientMessageId);

    /// <summary>How many conversations this agent holds.</summary>
    int CountHeld(string agentId);

    /// <summary>The position that this conversation has in the queue, or would have: one more than how many wait longer.</summary>
    int PositionOf(Conversation conversation);
}

/// <summary>What a command decided: entries to add, or a refusal, or nothing to do.</summary>
public sealed record Decision
{
    private Decision()
    {
    }

    /// <summary>The conversation as it stands after the decision.</summary>
    public Conversation Conversation { get; private init; } = null!;

    /// <summary>What the log gains, in order. Empty when nothing changes.</summary>
    public IReadOnlyList<ConversationEvent> Entries { get; private init; } = [];

    public ChatError? Error { get; private init; }

    /// <summary>The message that was sent, or the first one when <see cref="Repeated"/>.</summary>
    public Message? Message { get; private init; }

    /// <summary>Whether the message had been sent before.</summary>
    public bool Repeated { get; private init; }

    public static Decision Refuse(ChatError error) => new() { Error = error };

    public static Decision Nothing(Conversation conversation) => new() { Conversation = conversation };

    public static Decision Repeat(Conversation conversation, Message first) =>
        new() { Conversation = conversation, Message = first, Repeated = true };

    public static Decision Append(Conversation after, params IReadOnlyList<ConversationEvent> entries) =>
        new() { Conversation = after, Entries = entries, Message = entries[^1] as Message };
}
