namespace LiveChat;

/// <summary>
/// Conversations: what must be durable, atomic and ordered. May be called from any thread, by any number of servers on one
/// database. A call that fails with <see cref="ErrorCodes.Unavailable"/> stored nothing.
/// </summary>
public interface IConversationStore
{
    /// <summary>
    /// Lets the command decide on the customer's active conversation, and stores what it decided. Of any number of concurrent calls for
    /// one customer one begins a conversation and the others find it: a unique index says so, not a check in code.
    /// </summary>
    Task<Decision> StartAsync(StartConversation start, CancellationToken cancellationToken);

    /// <summary>
    /// Lets the command decide on the conversation as it is, and stores what it decided: all its entries and the projection, or
    /// none. Decisions on one conversation happen one after the other, and sequences have no gap. The task completes after the
    /// entries survive a power loss; those entries have been given to the <see cref="IEventBus"/> by then, in the log's order.
    /// </summary>
    Task<Decision> ApplyAsync(ConversationCommand command, CancellationToken cancellationToken);

    /// <summary>The conversation and its position in the queue, where it is queued; null when there is none.</summary>
    Task<FoundConversation?> FindWithPositionAsync(Guid conversationId, CancellationToken cancellationToken);

    /// <summary>The customer's conversation that is not closed, and its position in the queue; null when there is none.</summary>
    Task<FoundConversation?> FindActiveAsync(string customerId, CancellationToken cancellationToken);

    /// <summary>
    /// Conversations in the order that <paramref name="order"/> says, each with its newest message and how many are unread, and how many match
    /// the filter in all.
    /// </summary>
    /// <param name="filter">Which.</param>
    /// <param name="order">The order, and where in it the page begins.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<Counted<FoundConversation>> ListAsync(ConversationFilter filter, ConversationOrder order, int count, CancellationToken cancellationToken);
}

/// <param name="Position">Where it stands in the queue; null when it is not queued.</param>
/// <param name="Key">Where it stands among all, in the order in which they began.</param>
public sealed record FoundConversation(Conversation Conversation, int? Position, long Key)
{
    /// <summary>In a list by activity: the activity that it was listed by.</summary>
    public DateTimeOffset ListedAt { get; init; }

    /// <summary>In a list: how many of the customer's messages the agent has not read.</summary>
    public long Unread { get; init; }

    /// <summary>In a list: the newest message, null when there is none.</summary>
    public Message? LastMessage { get; init; }
}

/// <param name="AgentId">Only this agent's; every agent's (and none's) when null.</param>
/// <param name="Statuses">Only these; all when empty.</param>
public sealed record ConversationFilter(string? AgentId, IReadOnlyCollection<ConversationStatus> Statuses);

/// <summary>The order of a list and where in it a page begins: at an offset, or after the last one of the page before.</summary>
/// <param name="ByActivity">The newest activity first; else the newest conversation first, an order in which nothing moves.</param>
/// <param name="Offset">How many to pass over, of those after <paramref name="After"/>.</param>
/// <param name="After">The last one of the page before; null for the beginning.</param>
public sealed record ConversationOrder(bool ByActivity, long Offset, ListPoint? After);

/// <summary>Where a page of a list ended. Nothing is passed over or given twice that has not moved meanwhile.</summary>
/// <param name="At">The activity, in an order by activity.</param>
/// <param name="Key">Which of those at the same moment.</param>
public sealed record ListPoint(DateTimeOffset At, long Key);

/// <summary>A part of a list, and how long the whole list is.</summary>
public sealed record Counted<T>(IReadOnlyList<T> Items, long Total);
