using LiveChat.Server.Storage.Core;
using LiveChat.Server.Storage.Sql;
using Microsoft.Data.Sqlite;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>The statements that write, prepared once, and the transactions that they run in. Used by one thread.</summary>
internal sealed class SqliteWriter : IDisposable
{
    private readonly PreparedStatement _begin, _commit, _rollback, _insert, _insertEvent, _afterMessage, _afterTransition, _afterRead, _findSent, _countHeld, _countBefore;

    public SqliteWriter(SqliteConnection connection)
    {
        _begin = new PreparedStatement(connection, "BEGIN IMMEDIATE");
        _commit = new PreparedStatement(connection, "COMMIT");
        _rollback = new PreparedStatement(connection, "ROLLBACK");
        _insert = new PreparedStatement(connection, Statements.InsertConversation);
        _insertEvent = new PreparedStatement(connection, $"INSERT INTO conversation_event ({EntryRow.Columns}) VALUES ({EntryRow.Parameters})");
        _afterMessage = new PreparedStatement(connection, Statements.UpdateAfterMessage);
        _afterTransition = new PreparedStatement(connection, Statements.UpdateAfterTransition);
        _afterRead = new PreparedStatement(connection, Statements.UpdateRead);
        _findSent = new PreparedStatement(connection, Statements.FindSent);
        _countHeld = new PreparedStatement(connection, Statements.CountHeld);
        _countBefore = new PreparedStatement(connection, Statements.CountBefore);
        Pending = new PendingMessages(connection);
    }

    public PendingMessages Pending { get; }

    /// <summary>Runs <paramref name="work"/> in a transaction: all that it wrote is durable when this returns, or none of it when it throws.</summary>
    public T Transact<T>(Func<T> work)
    {
        _begin.Execute();
        try
        {
            var result = work();
            _commit.Execute();
            Pending.Committed();
            return result;
        }
        catch
        {
            Rollback();
            throw;
        }
    }

    /// <summary>Within a transaction. Messages are left pending, where that saves anything and nothing comes with them that has its place in the log.</summary>
    public void Write(IReadOnlyList<Change> changes, PendingLimits limits)
    {
        if ((Pending.Count > 0 || changes.Count > limits.Few) && changes.All(change => change is { Before: not null, Entries: [] or [Message] }))
        {
            foreach (var change in changes)
            {
                if (change.Entries is [Message message])
                    Pending.Add(change.Known.Key!.Value, message);
                else
                    UpdateRead(change.Known.Key!.Value, change.After.Read);
            }

            return;
        }

        Pending.MoveToLog();
        foreach (var change in changes)
            Write(change);
    }

    /// <summary>The sequence of the message in the log's table that was sent with this client message id.</summary>
    public long? FindSent(long conversation, SentMessage sent)
    {
        _findSent.Bind(1, conversation);
        _findSent.Bind(2, sent.ClientMessageId);
        _findSent.Bind(3, SqlValues.Word(sent.SenderType));
        _findSent.Bind(4, sent.SenderId);
        return _findSent.ReadNumber();
    }

    public int CountHeld(string agentId)
    {
        _countHeld.Bind(1, agentId);
        return (int)_countHeld.ReadNumber()!.Value;
    }

    public int CountBefore(long key)
    {
        _countBefore.Bind(1, key);
        return (int)_countBefore.ReadNumber()!.Value;
    }

    public void Dispose()
    {
        Pending.Dispose();
        foreach (var statement in new[] { _begin, _commit, _rollback, _insert, _insertEvent, _afterMessage, _afterTransition, _afterRead, _findSent, _countHeld, _countBefore })
            statement.Dispose();
    }

    private void Rollback()
    {
        Pending.RolledBack();
        try
        {
            _rollback.Execute();
        }
        catch (SqliteException)
        {
            // After a full disk or an I/O error SQLite has rolled back by itself.
        }
    }

    private void Write(Change change)
    {
        var after = change.After;
        if (change.Before is null)
            change.Known.Key = Insert(after);
        else if (change.Entries is [])
            UpdateRead(change.Known.Key!.Value, after.Read);
        else if (change.Entries is [Message])
            UpdateAfterMessage(change.Known.Key!.Value, change.Before, after);
        else
            UpdateAfterTransition(change.Known.Key!.Value, change.Before, after);

        foreach (var entry in change.Entries)
        {
            EntryRow.Bind(_insertEvent, change.Known.Key!.Value, entry);
            _insertEvent.Execute();
        }
    }

    private long Insert(Conversation conversation)
    {
        _insert.Bind(1, conversation.Id);
        _insert.Bind(2, SqlValues.Word(conversation.Status));
        _insert.Bind(3, conversation.Channel);
        _insert.Bind(4, conversation.Customer.Id);
        _insert.Bind(5, conversation.Customer.DisplayName);
        _insert.Bind(6, conversation.Customer.Phone);
        _insert.Bind(7, conversation.Metadata);
        _insert.Bind(8, conversation.LastSequence);
        _insert.Bind(9, SqlValues.Time(conversation.CreatedAt));
        _insert.Bind(10, SqlValues.Time(conversation.UpdatedAt));
        _insert.Bind(11, SqlValues.Time(conversation.QueuedAt));
        _insert.Bind(12, conversation.Chain);
        _insert.Bind(13, conversation.StartKey);
        return _insert.ReadNumber()!.Value;
    }

    private void UpdateAfterMessage(long key, Conversation before, Conversation after)
    {
        _afterMessage.Bind(1, after.LastSequence);
        _afterMessage.Bind(2, SqlValues.Time(after.UpdatedAt));
        _afterMessage.Bind(3, key);
        _afterMessage.Bind(4, before.LastSequence);
        MustChangeOne(_afterMessage.Execute(), after.Id);
    }

    private void UpdateAfterTransition(long key, Conversation before, Conversation after)
    {
        _afterTransition.Bind(1, SqlValues.Word(after.Status));
        _afterTransition.Bind(2, after.Customer.DisplayName);
        _afterTransition.Bind(3, after.Customer.Phone);
        _afterTransition.Bind(4, after.Metadata);
        _afterTransition.Bind(5, after.Agent?.Id);
        _afterTransition.Bind(6, after.Agent?.DisplayName);
        _afterTransition.Bind(7, after.LastSequence);
        _afterTransition.Bind(8, after.ClosedBy is { } closedBy ? SqlValues.Word(closedBy) : null);
        _afterTransition.Bind(9, after.CloseReason);
        _afterTransition.Bind(10, SqlValues.Time(after.UpdatedAt));
        _afterTransition.Bind(11, SqlValues.Time(after.QueuedAt));
        _afterTransition.Bind(12, SqlValues.Time(after.AcceptedAt));
        _afterTransition.Bind(13, SqlValues.Time(after.ClosedAt));
        _afterTransition.Bind(14, key);
        _afterTransition.Bind(15, before.LastSequence);
        MustChangeOne(_afterTransition.Execute(), after.Id);
    }

    private void UpdateRead(long key, ReadMarkers read)
    {
        _afterRead.Bind(1, read.Customer);
        _afterRead.Bind(2, read.Agent);
        _afterRead.Bind(3, key);
        _afterRead.Execute();
    }

    private static void MustChangeOne(int changed, Guid conversationId)
    {
        if (changed != 1)
            throw new InvalidOperationException($"Conversation {conversationId} moved on after it was read: somebody else writes to the file.");
    }
}
