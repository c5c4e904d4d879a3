namespace LiveChat.Server.Realtime;

/// <summary>
/// The rooms of one feed. Each feed has its own, although several may follow each other for one conversation: what one still delivers
/// while it is given up reaches nobody who has joined the next.
/// </summary>
internal sealed class Rooms(Guid conversationId)
{
    /// <summary>Agents who watch the queue.</summary>
    public const string Queue = "queue";

    private static long _feeds;

    private readonly string _suffix = $":{conversationId}:{Interlocked.Increment(ref _feeds)}";

    public Guid ConversationId { get; } = conversationId;

    public string All => "conversation" + _suffix;

    /// <summary>The sockets of the agent who holds it.</summary>
    public string Agent => "agent" + _suffix;

    /// <summary>The customer's own sockets in it.</summary>
    public string Customer => "customer" + _suffix;
}
