namespace LiveChat;

/// <summary>
/// A program that is trusted with one side of conversations: the host application's backend, or anybody where authentication is off. It says
/// whom it acts for, or nobody.
/// </summary>
public abstract record BackendCaller(ParticipantType ActsFor) : Caller
{
    public sealed override ParticipantType Side => ActsFor;

    public sealed override bool May(Permission permission) => ActsFor is ParticipantType.Customer
        ? PermissionsOf.Customers(permission)
        : PermissionsOf.Agents(permission);

    public sealed override ChatError? RefuseWrite(Conversation conversation) =>
        RefuseParticipant(conversation) ?? (Side is ParticipantType.Agent && conversation.Agent is null ? ChatError.NotAccepted : null);

    /// <summary>Null when the one it acts for is the conversation's own, or the conversation has none.</summary>
    private protected abstract ChatError? RefuseParticipant(Conversation conversation);

    private protected Participant? OwnIn(Conversation conversation) =>
        Side is ParticipantType.Customer ? conversation.Customer.AsParticipant() : conversation.Agent?.AsParticipant();
}

/// <summary>It names the customer or the agent that it acts for, and is held to what is that one's.</summary>
/// <param name="ActsFor">The side.</param>
/// <param name="Id">Whom it names.</param>
/// <param name="Supervises">Whether it may act for supervisors: then reading and closing are not held to that.</param>
public sealed record NamingBackendCaller(ParticipantType ActsFor, string Id, bool Supervises = false) : BackendCaller(ActsFor)
{
    public override string? AgentThere => Side is ParticipantType.Agent ? Id : null;

    public override ChatError? RefuseRead(Conversation conversation) =>
        Supervises && Side is ParticipantType.Agent ? null : RefuseParticipant(conversation);

    public override Participant? SpeakerIn(Conversation conversation) =>
        OwnIn(conversation) is { } own && own.Id == Id ? own : new Participant(Id, Side, DisplayName: null);

    public override ListedAgents Lists(string? agentId) => new(Supervises ? agentId : Id, null);

    private protected override ChatError? RefuseParticipant(Conversation conversation) =>
        OwnIn(conversation) is { } own && own.Id != Id ? ChatError.NotYours : null;
}

/// <summary>It names nobody: in each conversation it acts for the one who is on its side there. Knowing the conversation's id is enough.</summary>
public sealed record UnnamedBackendCaller(ParticipantType ActsFor) : BackendCaller(ActsFor)
{
    public override ChatError? RefuseRead(Conversation conversation) => null;

    public override Participant? SpeakerIn(Conversation conversation) => OwnIn(conversation);

    public override ListedAgents Lists(string? agentId) => new(agentId, null);

    private protected override ChatError? RefuseParticipant(Conversation conversation) => null;
}
