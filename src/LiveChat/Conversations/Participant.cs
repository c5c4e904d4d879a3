namespace LiveChat;

/// <summary>The side of a conversation that somebody is on. <see cref="System"/> is the server itself.</summary>
public enum ParticipantType
{
    Customer,
    Agent,
    System,
}

/// <summary>Who did something in a conversation: the sender of a message, the one who accepted, left or closed.</summary>
public sealed record Participant(string Id, ParticipantType Type, string? DisplayName);

/// <summary>The visitor. <paramref name="Id"/> is the fingerprint that the visitor's device keeps.</summary>
public sealed record Customer(string Id, string? DisplayName, string? Phone)
{
    public Participant AsParticipant() => new(Id, ParticipantType.Customer, DisplayName);

    /// <summary>With what is said anew; a value that is null was not said.</summary>
    public Customer With(string? displayName, string? phone) => this with { DisplayName = displayName ?? DisplayName, Phone = phone ?? Phone };
}

/// <summary>A support agent. The id is the host application's; this product keeps no list of agents.</summary>
public sealed record Agent(string Id, string? DisplayName)
{
    public Participant AsParticipant() => new(Id, ParticipantType.Agent, DisplayName);
}
