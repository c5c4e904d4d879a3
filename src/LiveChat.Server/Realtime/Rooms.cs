namespace LiveChat.Server.Realtime;

internal static class Rooms
{
    /// <summary>Agents who watch the queue.</summary>
    public const string Queue = "queue";

    public static string Conversation(Guid conversationId) => $"conversation:{conversationId}";

    /// <summary>The sockets of the agent who holds it.</summary>
    public static string Agent(Guid conversationId) => $"agent:{conversationId}";

    /// <summary>The customer's own sockets in a conversation.</summary>
    public static string Customer(Guid conversationId) => $"customer:{conversationId}";
}
