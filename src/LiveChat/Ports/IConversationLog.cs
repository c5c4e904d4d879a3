namespace LiveChat;

/// <summary>The log of a conversation, read. May be called from any thread.</summary>
public interface IConversationLog
{
    /// <summary>Messages of the conversation, oldest first; null when there is no such conversation.</summary>
    Task<LogPage<Message>?> ReadMessagesAsync(Guid conversationId, LogRange range, CancellationToken cancellationToken);

    /// <summary>Entries of the conversation's log, oldest first and without a gap; null when there is no such conversation.</summary>
    Task<LogPage<ConversationEvent>?> ReadEventsAsync(Guid conversationId, LogRange range, CancellationToken cancellationToken);
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

/// <summary>A part of a log, oldest first, whether there is more on either side of it, and whose log it is.</summary>
/// <param name="Conversation">As it stood when the page was read.</param>
public sealed record LogPage<T>(Conversation Conversation, IReadOnlyList<T> Items, bool HasOlder, bool HasNewer);
