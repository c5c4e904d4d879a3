using System.Data.Common;
using System.Text.Json;

namespace LiveChat.Server.Storage.Sql;

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
        var messages = connection.Execute(Statements.EraseMessages, range);
        EraseBodies(key, after, until);
        connection.Execute(Statements.EraseParticipant, range);
        if (until < conversation.LastSequence)
            return new ErasedPart(messages, Finished: false, until);

        connection.Execute(
            Statements.EraseCustomer,
            ("@pseudonym", pseudonym),
            ("@close_reason", SqlValues.OrNull(conversation.ClosedBy is ParticipantType.System ? conversation.CloseReason : null)),
            ("@key", key));
        return new ErasedPart(messages, Finished: true, Next: null);
    }

    /// <summary>Removes the newest part of the oldest conversation that may go; with the last of its entries the conversation itself.</summary>
    public RemovedPart RemoveClosed(DateTimeOffset closedBefore)
    {
        if (FindRemovable(closedBefore) is not { } key)
            return RemovedPart.None;
        if (connection.Execute(Statements.RemoveEvents, ("@conversation", key), ("@count", Part)) == Part)
            return RemovedPart.Some;

        connection.Execute(Statements.RemoveConversation, ("@key", key));
        return RemovedPart.Last;
    }

    private (long Key, Conversation Conversation)? FindClosed(Guid conversationId)
    {
        using var command = connection.Command(Statements.FindConversation, ("@id", dialect.Id(conversationId)));
        using var row = command.ExecuteReader();
        return row.Read() && Rows.ReadConversation(row, dialect) is { Conversation.IsClosed: true } found ? found : null;
    }

    private long? FindRemovable(DateTimeOffset closedBefore)
    {
        using var command = connection.Command(Statements.FindRemovable, ("@closed_before", SqlValues.Time(closedBefore)));
        return (long?)command.ExecuteScalar();
    }

    private void EraseBodies(long key, long after, long until)
    {
        var bodies = new List<(long Sequence, string Body)>();
        using (var command = connection.Command(Statements.ReadBodies, ("@conversation", key), ("@after", after), ("@until", until)))
        {
            using var row = command.ExecuteReader();
            while (row.Read())
                bodies.Add((row.GetInt64(0), row.GetString(1)));
        }

        foreach (var (sequence, text) in bodies)
        {
            var body = JsonSerializer.Deserialize(text, StorageJson.Default.TransitionBody)!.Erased();
            connection.Execute(
                Statements.EraseBody,
                ("@body", JsonSerializer.Serialize(body, StorageJson.Default.TransitionBody)),
                ("@conversation", key),
                ("@sequence", sequence));
        }
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
