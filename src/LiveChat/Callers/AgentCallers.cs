namespace LiveChat;

/// <summary>Someone who is known to be an agent, with the name that is known.</summary>
public abstract record KnownAgentCaller(string Id, string? DisplayName) : Caller
{
    public sealed override ParticipantType Side => ParticipantType.Agent;

    public sealed override string? AgentThere => NamesAnother ? null : Id;

    public sealed override bool May(Permission permission) => PermissionsOf.Agents(permission);

    public sealed override ChatError? RefuseWrite(Conversation conversation) =>
        NamesAnother || (conversation.Agent is { } agent && agent.Id != Id) ? ChatError.NotYours
        : conversation.Agent is null ? ChatError.NotAccepted
        : null;

    public sealed override Participant? SpeakerIn(Conversation conversation) =>
        NamesAnother ? null : new Participant(Id, ParticipantType.Agent, conversation.Agent is { } agent && agent.Id == Id ? agent.DisplayName : DisplayName);
}

/// <summary>An agent: the conversations that it holds are its own, and whoever waits may be looked at.</summary>
public sealed record AgentCaller(string Id, string? DisplayName) : KnownAgentCaller(Id, DisplayName)
{
    public override ChatError? RefuseRead(Conversation conversation) =>
        !NamesAnother && (conversation.Agent is null || conversation.Agent.Id == Id) ? null : ChatError.NotYours;

    public override ListedAgents Lists(string? agentId) => new(Id, NamesAnother || (agentId is not null && agentId != Id) ? ChatError.AnotherNamed : null);
}

/// <summary>An agent who may read, list and close every conversation, and writes to its own.</summary>
public sealed record SupervisorCaller(string Id, string? DisplayName) : KnownAgentCaller(Id, DisplayName)
{
    public override ChatError? RefuseRead(Conversation conversation) => NamesAnother ? ChatError.NotYours : null;

    public override ListedAgents Lists(string? agentId) => new(agentId, NamesAnother ? ChatError.AnotherNamed : null);
}
