namespace LiveChat;

/// <summary>
/// On whose behalf a call is made. A closed set: what each kind may do is said in its own class, and a kind that leaves a decision out does
/// not compile. Which kind a call has is found at the edge, from what it presents; nothing here trusts what a call says of itself.
/// </summary>
public abstract record Caller
{
    private protected Caller()
    {
    }

    /// <summary>The side of a conversation that it is on. <see cref="ParticipantType.System"/> is on neither.</summary>
    public abstract ParticipantType Side { get; }

    /// <summary>Whether it may ask for this at all, whatever conversation it is of.</summary>
    public abstract bool May(Permission permission);

    /// <summary>Null when it may read this conversation and close it, else why not.</summary>
    public abstract ChatError? RefuseRead(Conversation conversation);

    /// <summary>
    /// Null when it may write to this conversation, else why not. Expects that the conversation is open: what is closed is refused as such
    /// by each command.
    /// </summary>
    public abstract ChatError? RefuseWrite(Conversation conversation);

    /// <summary>Who it speaks as in this conversation, by type and id; null when nobody is on its side.</summary>
    public abstract Participant? SpeakerIn(Conversation conversation);

    /// <summary>The agent that a call of this caller shows to be there; null when it shows nothing.</summary>
    public virtual string? AgentThere => null;

    /// <summary>Whether the call names somebody else than the one whom the caller was found to be: whatever it asks for is then not its own.</summary>
    public bool NamesAnother { get; init; }

    /// <summary>Null when it may go on with this conversation, which its customer has already, else why not.</summary>
    /// <param name="conversation">The customer's active conversation.</param>
    /// <param name="startKey">What the call repeats itself by, null when it does not.</param>
    public virtual ChatError? RefuseResume(Conversation conversation, string? startKey) => RefuseRead(conversation);

    /// <summary>Whose conversations it is given in a list.</summary>
    /// <param name="agentId">The agent it asks for, null when it asks for none.</param>
    public virtual ListedAgents Lists(string? agentId) => new(agentId, ChatError.RoleForbidden);

    /// <exception cref="ChatException">It may not.</exception>
    public void Demand(Permission permission)
    {
        if (!May(permission))
            throw new ChatException(this is AnonymousCaller ? ChatError.Unauthenticated : ChatError.RoleForbidden);
    }
}

/// <param name="AgentId">This agent's; every agent's when null.</param>
/// <param name="Error">Why not, null when it may.</param>
public readonly record struct ListedAgents(string? AgentId, ChatError? Error);
