namespace LiveChat.Server.Realtime;

/// <summary>What a socket is in a conversation.</summary>
internal enum Seat
{
    Customer,

    /// <summary>Of the agent who holds it; lost with the conversation.</summary>
    Agent,

    /// <summary>A supervisor's: it hears all, whoever holds the conversation, and nobody is told of it.</summary>
    Listener,
}
