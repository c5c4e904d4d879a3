using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>
/// Messages that are durable and not yet in the log's table: rows of <c>pending_message</c>, side by side, so that a commit of many messages
/// of many conversations writes few pages. Readers see them by the views. Used within the writer's transactions, by one thread.
/// </summary>
internal sealed class PendingMessages : IDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(250);

    private readonly PreparedStatement _insert, _count, _move, _grow, _delete;

    // What was committed, by what makes a repeated send one message; and what this transaction has added.
    private readonly Dictionary<(long Conversation, SentMessage Sent), Message> _sent = [];
    private readonly List<(long Conversation, Message Message)> _added = [];
    private bool _moved;
    private long _since;
    private long? _postponed;

    public PendingMessages(SqliteConnection connection)
    {
        _insert = new PreparedStatement(connection, $"INSERT INTO pending_message ({EntryRow.Columns}) VALUES ({EntryRow.Parameters})");
        _count = new PreparedStatement(connection, "SELECT count(DISTINCT conversation) FROM pending_message");
        _move = new PreparedStatement(
            connection,
            $"INSERT INTO conversation_event ({EntryRow.Columns}) SELECT {EntryRow.Columns} FROM pending_message ORDER BY position");
        _grow = new PreparedStatement(connection, """
            UPDATE conversation SET last_sequence = p.last, updated_at = p.at
            FROM (SELECT conversation, min(sequence) AS first, max(sequence) AS last, max(created_at) AS at
                  FROM pending_message GROUP BY conversation) p
            WHERE key = p.conversation AND last_sequence = p.first - 1
            """);
        _delete = new PreparedStatement(connection, "DELETE FROM pending_message");
    }

    /// <summary>How many are committed and not moved to the log's table.</summary>
    public int Count { get; private set; }

    /// <summary>How long moving them may wait; null when nothing is pending.</summary>
    public TimeSpan? Due(PendingLimits limits)
    {
        if (Count == 0)
            return null;
        if (_postponed is { } postponed)
            return RetryAfter - Stopwatch.GetElapsedTime(postponed);
        return Count >= limits.Most ? TimeSpan.Zero : limits.Longest - Stopwatch.GetElapsedTime(_since);
    }

    /// <summary>Moving them has failed: it is tried again after a moment, or with the next write that is no message.</summary>
    public void Postpone() => _postponed = Stopwatch.GetTimestamp();

    public Message? Find(long conversation, SentMessage sent) => _sent.GetValueOrDefault((conversation, sent));

    public void Add(long conversation, Message message)
    {
        EntryRow.Bind(_insert, conversation, message);
        _insert.Execute();
        _added.Add((conversation, message));
    }

    /// <summary>Puts all into the log's table and has each conversation stand at the last of them. Gives how many they were.</summary>
    /// <exception cref="InvalidDataException">A conversation's log does not end where its pending messages begin.</exception>
    public int MoveToLog()
    {
        var conversations = _count.ReadNumber()!.Value;
        if (conversations == 0)
            return 0;

        var moved = _move.Execute();
        if (_grow.Execute() != conversations)
            throw new InvalidDataException("Pending messages do not continue the log of their conversation.");
        _delete.Execute();
        _moved = true;
        return moved;
    }

    /// <summary>The transaction is over, and what it did is there.</summary>
    public void Committed()
    {
        if (_moved)
        {
            _sent.Clear();
            (Count, _moved, _postponed) = (0, false, null);
        }

        if (_added.Count == 0)
            return;

        if (Count == 0)
            _since = Stopwatch.GetTimestamp();
        Count += _added.Count;
        foreach (var (conversation, message) in _added)
        {
            if (message.ClientMessageId is { } id)
                _sent[(conversation, new SentMessage(message.Sender.Type, message.Sender.Id, id))] = message;
        }

        _added.Clear();
    }

    /// <summary>The transaction is over, and what it did is not there.</summary>
    public void RolledBack()
    {
        _added.Clear();
        _moved = false;
    }

    public void Dispose()
    {
        foreach (var statement in new[] { _insert, _count, _move, _grow, _delete })
            statement.Dispose();
    }
}

/// <summary>When messages are left pending, and for how long.</summary>
/// <param name="Few">So many messages of one commit go to the log at once, if none is pending: it would save them nothing.</param>
/// <param name="Most">As many pending ones are moved to the log.</param>
/// <param name="Longest">So long after the first of them all are moved.</param>
internal sealed record PendingLimits(int Few, int Most, TimeSpan Longest)
{
    public static PendingLimits Default { get; } = new(Few: 4, Most: 512, Longest: TimeSpan.FromMilliseconds(25));
}
