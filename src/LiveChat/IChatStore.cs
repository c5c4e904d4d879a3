namespace LiveChat;

/// <summary>
/// What must be durable, atomic and ordered. Everything here may be called from any thread at once, by any number of servers
/// on one database. A call that fails with <see cref="ErrorCodes.Unavailable"/> stored nothing that it did not answer for.
/// </summary>
public interface IChatStore
{
    /// <summary>
    /// Finds the customer's active conversation or makes one. Of any number of concurrent calls for one customer one makes it
    /// and the others find it: a unique index says so, not a check in code. The decision of who found it has no entries, and
    /// its conversation has its place when it is queued.
    /// </summary>
    Task<Decision> StartAsync(StartConversation start, CancellationToken cancellationToken);

    /// <summary>
    /// Lets the command decide on the conversation as it is, and stores what it decided: all its entries and the projection, or
    /// none. Decisions on one conversation happen one after the other, and sequences have no gap. The task completes after the
    /// entries survive a power loss; those entries have been given to the <see cref="IEventBus"/> by then, in the log's order.
    /// Refused with <see cref="ErrorCodes.NotFound"/> when there is no such conversation.
    /// </summary>
    Task<Decision> ApplyAsync(ConversationCommand command, CancellationToken cancellationToken);

    /// <summary>The conversation, with its place when it is queued; null when there is none.</summary>
    Task<Conversation?> FindAsync(Guid conversationId, CancellationToken cancellationToken);

    /// <summary>The customer's conversation that is not closed, with its place when it is queued; null when there is none.</summary>
    Task<Conversation?> FindActiveAsync(string customerId, CancellationToken cancellationToken);

    /// <summary>Messages of the conversation, oldest first. Empty when there is no such conversation.</summary>
    Task<LogPage<Message>> ReadMessagesAsync(Guid conversationId, LogRange range, CancellationToken cancellationToken);

    /// <summary>Entries of the conversation's log, oldest first and without a gap. Empty when there is no such conversation.</summary>
    Task<LogPage<ConversationEvent>> ReadEventsAsync(Guid conversationId, LogRange range, CancellationToken cancellationToken);

    /// <summary>The queue from <paramref name="offset"/> on, the longest wait first, and how many wait in all.</summary>
    Task<Counted<QueueEntry>> ReadQueueAsync(long offset, int count, CancellationToken cancellationToken);

    /// <summary>The ids of all who wait, the longest wait first, at most <paramref name="count"/>.</summary>
    Task<IReadOnlyList<Guid>> ReadQueueOrderAsync(int count, CancellationToken cancellationToken);

    /// <summary>Conversations by newest activity, and how many match in all. Places in the queue are given.</summary>
    Task<Counted<Conversation>> ListAsync(ConversationFilter filter, long offset, int count, CancellationToken cancellationToken);

    /// <summary>
    /// Open conversations that <see cref="ExpireConversation"/> would close at one of these times, at most
    /// <paramref name="count"/>. Only candidates: the command decides.
    /// </summary>
    Task<IReadOnlyList<Guid>> FindExpiredAsync(ExpiryTimes times, int count, CancellationToken cancellationToken);

    /// <summary>Every conversation that an agent holds, with that agent's id.</summary>
    Task<IReadOnlyList<HeldConversation>> ReadHeldAsync(CancellationToken cancellationToken);

    /// <summary>The open conversations that the participant is in: the customer's one, or those that the agent holds.</summary>
    Task<IReadOnlyList<Guid>> FindOpenAsync(Participant participant, CancellationToken cancellationToken);

    /// <summary>
    /// Remembers that the participant has had a socket in the conversation, for as long as it is open and the participant in it. Nothing
    /// happens when it is closed or the participant is not in it.
    /// </summary>
    Task NoteSocketAsync(Guid conversationId, Participant participant, CancellationToken cancellationToken);

    /// <summary>Whom <see cref="NoteSocketAsync"/> was called for and who is still in a conversation of those, once each.</summary>
    Task<IReadOnlyList<Participant>> ReadWithSocketsAsync(CancellationToken cancellationToken);

    /// <summary>When the newest <paramref name="count"/> accepted conversations were accepted, newest first.</summary>
    Task<IReadOnlyList<DateTimeOffset>> ReadRecentAcceptsAsync(int count, CancellationToken cancellationToken);

    /// <summary>
    /// Conversations of the customer in the order in which they began, those after the position <paramref name="after"/>, at most
    /// <paramref name="count"/>. Places in the queue are not given.
    /// </summary>
    Task<IReadOnlyList<CustomerConversation>> ReadCustomerAsync(
        string customerId,
        long after,
        int count,
        CancellationToken cancellationToken);

    /// <summary>
    /// Erases what this customer's conversation says of people: the content, metadata and client message ids of its messages, whoever
    /// wrote them; the customer's name, phone and metadata; and a participant's own words for closing it. The customer's id
    /// becomes <see cref="Erasure.PseudonymOf"/>, everywhere in it. The log keeps its entries with their sequences, times, kinds
    /// and types of senders, so a client that resumes finds no gap. Done in transactions so short that sends are not held up, the
    /// id last: one that was cut short is found again and finished by the next call. Nothing happens, and zeros are
    /// given, when the conversation is not this customer's (any more) or is not closed.
    /// </summary>
    Task<Erasure> EraseAsync(Guid conversationId, string customerId, CancellationToken cancellationToken);

    /// <summary>Completes when what was erased before is gone from the store's files too, its logs of writes included.</summary>
    Task PurgeAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Removes at most <paramref name="count"/> conversations that were closed before <paramref name="closedBefore"/>, the oldest
    /// first, with their logs, and gives how many. Done in transactions so short that sends are not held up; while a long log is
    /// being removed, what is left of it is its beginning, without a gap. Two servers that do it at once do not disturb
    /// each other.
    /// </summary>
    Task<int> RemoveClosedAsync(DateTimeOffset closedBefore, int count, CancellationToken cancellationToken);

    /// <summary>Completes when the store answers a read, and a write too if the last one failed; throws when it does not.</summary>
    Task CheckAsync(CancellationToken cancellationToken);
}

/// <summary>
/// Which part of a log: the last <paramref name="Limit"/> below <paramref name="Before"/> (or the end), or the first
/// <paramref name="Limit"/> above <paramref name="After"/>; with both, the first of those between.
/// </summary>
public readonly record struct LogRange(long? After, long? Before, int Limit)
{
    /// <summary>Where a page of this range is that holds nothing: what is older has a lower sequence, what is newer this one or a higher.</summary>
    public long Edge => After is { } after ? after + (after < long.MaxValue ? 1 : 0) : Math.Max(Before ?? long.MaxValue, 1);
}

/// <summary>A part of a log, oldest first, and whether there is more on either side of it.</summary>
public sealed record LogPage<T>(IReadOnlyList<T> Items, bool HasOlder, bool HasNewer);

/// <summary>A part of a list, and how long the whole list is.</summary>
public sealed record Counted<T>(IReadOnlyList<T> Items, long Total);

/// <param name="AgentId">Only this agent's; every agent's (and none's) when null.</param>
/// <param name="Statuses">Only these; all when empty.</param>
public sealed record ConversationFilter(string? AgentId, IReadOnlyCollection<ConversationStatus> Statuses);

/// <summary>The times before which something must have happened for a conversation to have run out of time.</summary>
public sealed record ExpiryTimes(DateTimeOffset QueuedBefore, DateTimeOffset ActiveBefore, DateTimeOffset CreatedBefore);

public sealed record HeldConversation(Guid ConversationId, string AgentId);

/// <param name="Position">Where it stands among all: what to read on from.</param>
/// <param name="Metadata">What the host application said of the visitor: a JSON object, compact, or null.</param>
public sealed record CustomerConversation(long Position, Conversation Conversation, string? Metadata);

/// <summary>How many conversations, and messages in them, were erased.</summary>
public sealed record Erasure(int Conversations, long Messages)
{
    /// <summary>
    /// What stands for the person from then on. Made of the conversation's own random id alone, so it says nothing of the person
    /// nor of that person's other conversations, and is the same however often an erasure is begun.
    /// </summary>
    public static string PseudonymOf(Guid conversationId) => $"erased-{conversationId}";

    public static Erasure operator +(Erasure one, Erasure other) =>
        new(one.Conversations + other.Conversations, one.Messages + other.Messages);
}
