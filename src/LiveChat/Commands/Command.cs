namespace LiveChat;

/// <summary>
/// What somebody wants of a conversation, and the rule for it. A store reads what the rule rests on, asks <see cref="Decide"/>, and
/// writes what it decided only if nothing of that has changed meanwhile; else it asks again. Nothing else decides.
/// </summary>
public abstract record Command
{
    /// <summary>The time of the call. An entry never carries an earlier time than the one before it.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>What must be known beside the conversation. A store asks before each decision, with the conversation that it is made on.</summary>
    public virtual NeededFacts Needs(Conversation? current) => NeededFacts.None;

    /// <summary>Pure: the same arguments give the same decision, as often as a store asks.</summary>
    /// <param name="current">The conversation as it is; null when there is none.</param>
    /// <param name="facts">What <see cref="Needs"/> named; the rest has no meaning.</param>
    public abstract Decision Decide(Conversation? current, Facts facts);
}

/// <summary>A command for the conversation of this id; refused where there is none.</summary>
public abstract record ConversationCommand : Command
{
    public required Guid ConversationId { get; init; }

    /// <summary>Whether it knows of more than there is here: whoever remembers the conversation remembers it as it was.</summary>
    public virtual bool IsAheadOf(Conversation remembered) => false;

    public sealed override NeededFacts Needs(Conversation? current) => current is null ? NeededFacts.None : NeedsFor(current);

    public sealed override Decision Decide(Conversation? current, Facts facts) =>
        current is null ? Decision.Refuse(ChatError.NotFound) : DecideOn(current, facts);

    private protected virtual NeededFacts NeedsFor(Conversation current) => NeededFacts.None;

    private protected abstract Decision DecideOn(Conversation current, Facts facts);
}
