using System.Data.Common;
using System.Text.Json;

namespace LiveChat.Server.Storage;

/// <summary>
/// Erasure and removal, a part at a time, each within a transaction of the store's own making: sends that wait for the same store
/// wait for one part and not for a whole log.
/// </summary>
internal sealed class SqlRemoval(DbConnection connection, ISqlDialect dialect)
{
    /// <summary>How many entries of a log are one part: a few milliseconds.</summary>
    public const int Part = 250;

    /// <summary>Erases the entries after <paramref name="after"/>; with the last of them the conversation, the customer's id last of all.</summary>
    public ErasedPart Erase(Guid conversationId, string customerId, long after)
    {
        var pseudonym = Erasure.PseudonymOf(conversationId);
        if (FindClosed(conversationId) is not var (key, conversation) || conversation.Customer.Id != customerId || customerId == pseudonym)
            return new ErasedPart(Messages: 0, Finished: false, Next: null);

        var until = after + Part;
        (string, object)[] range = [("@conversation", key), ("@after", after), ("@until", until), ("@pseudonym", pseudonym)];
        var messages = Execute(Statements.EraseMessages, range);
        Execute(Statements.EraseParticipant, range);
        if (until < conversation.LastSequence)
            return new ErasedPart(messages, Finished: false, until);

        // The server's own reasons are words of a closed vocabulary; a participant's are the participant's.
        var reason = conversation.ClosedBy is ParticipantType.System ? conversation.CloseReason : null;
        EraseReason(key, conversation.LastSequence, reason);
        Execute(
            Statements.EraseCustomer,
            ("@pseudonym", pseudonym),
            ("@close_reason", SqlValues.OrNull(reason)),
            ("@key", key));
        return new ErasedPart(messages, Finished: true, Next: null);
    }

    /// <summary>Removes the newest part of the oldest conversation that may go; with the last of its entries the conversation itself.</summary>
    public RemovedPart RemoveClosed(DateTimeOffset closedBefore)
    {
        if (FindRemovable(closedBefore) is not { } key)
            return RemovedPart.None;
        if (Execute(Statements.RemoveEvents, ("@conversation", key), ("@count", Part)) == Part)
            return RemovedPart.Some;

        Execute(Statements.RemoveConversation, ("@key", key));
        return RemovedPart.Last;
    }

    private (long Key, Conversation Conversation)? FindClosed(Guid conversationId)
    {
        using var command = connection.Command(Statements.LoadConversation, ("@id", dialect.Id(conversationId)));
        using var row = command.ExecuteReader();
        return row.Read() && Rows.ReadConversation(row, dialect) is { Conversation.IsClosed: true } found ? found : null;
    }

    private long? FindRemovable(DateTimeOffset closedBefore)
    {
        using var command = connection.Command(Statements.FindRemovable, ("@closed_before", SqlValues.Time(closedBefore)));
        return (long?)command.ExecuteScalar();
    }

    /// <summary>The entry of the closing, which is the last one, keeps the reason a second time.</summary>
    private void EraseReason(long key, long sequence, string? reason)
    {
        (string, object)[] entry = [("@conversation", key), ("@sequence", sequence)];
        using var command = connection.Command(Statements.ReadBody, entry);
        var body = JsonSerializer.Deserialize((string)command.ExecuteScalar()!, StorageJson.Default.TransitionBody)!;
        Execute(
            Statements.EraseBody,
            [("@body", JsonSerializer.Serialize(body with { Reason = reason }, StorageJson.Default.TransitionBody)), .. entry]);
    }

    private int Execute(string sql, params ReadOnlySpan<(string, object)> parameters)
    {
        using var command = connection.Command(sql, parameters);
        return command.ExecuteNonQuery();
    }
}

/// <param name="Finished">Whether this was the last part.</param>
/// <param name="Next">After which entry the next part begins; null when there is none.</param>
internal readonly record struct ErasedPart(int Messages, bool Finished, long? Next);

internal enum RemovedPart
{
    /// <summary>There is nothing that may go.</summary>
    None,

    /// <summary>Entries of a conversation that has more.</summary>
    Some,

    /// <summary>The rest of a conversation, and the conversation.</summary>
    Last,
}
