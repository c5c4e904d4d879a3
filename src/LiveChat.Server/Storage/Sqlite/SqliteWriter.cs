using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>
/// The one connection that writes, with its statements prepared once. Used by the thread of a <see cref="WriteQueue"/> alone, so
/// each prepared command's parameters have one owner.
/// </summary>
internal sealed class SqliteWriter : IWriteTransactions, ICommandFacts, IDisposable
{
    private const int MostKnown = 4096;
    private static readonly SqliteDialect Dialect = SqliteDialect.Instance;

    private readonly SqliteConnection _connection;
    private readonly List<ConversationEvent> _entries = [];

    // What was read or written last, so that the next message of a conversation needs no read of it. Nobody else writes to the file.
    private readonly Dictionary<Guid, (long Key, Conversation Conversation)> _known = [];
    private readonly Statement _begin, _commit, _rollback, _load, _findActive, _position, _insert, _afterTransition, _findMessage, _countHeld;
    private readonly SqliteStatement _afterMessage, _insertEvent;

    private bool _inTransaction;

    // The key of the conversation that is being decided on: the facts are asked about that one.
    private long _key;

    public SqliteWriter(SqliteConnection connection)
    {
        _connection = connection;
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _rollback = Prepare("ROLLBACK");
        _load = Prepare(Statements.LoadConversation, "@id");
        _findActive = Prepare(Statements.FindActive, "@customer");
        _position = Prepare(Statements.Position, "@created_at", "@key");
        _insert = Prepare(
            Statements.InsertConversation,
            "@id", "@status", "@channel", "@customer_id", "@customer_name", "@customer_phone", "@metadata",
            "@last_sequence", "@created_at", "@updated_at", "@queued_at");
        _afterMessage = new SqliteStatement(connection, Statements.UpdateAfterMessage);
        _afterTransition = Prepare(
            Statements.UpdateAfterTransition,
            "@status", "@agent_id", "@agent_name", "@last_sequence", "@closed_by", "@close_reason", "@updated_at", "@queued_at",
            "@accepted_at", "@closed_at", "@key", "@expected");
        _insertEvent = new SqliteStatement(connection, Statements.InsertEvent);
        _findMessage = Prepare(
            Statements.FindMessage,
            "@conversation", "@client_message_id", "@participant_type", "@participant_id");
        _countHeld = Prepare(Statements.CountHeld, "@agent_id");
    }

    public void Begin()
    {
        _entries.Clear();
        _begin.With().Execute();
        _inTransaction = true;
    }

    public IReadOnlyList<ConversationEvent> Commit()
    {
        _commit.With().Execute();
        _inTransaction = false;
        return _entries.ToArray();
    }

    public void Rollback()
    {
        Forget();
        if (!_inTransaction)
            return;

        _inTransaction = false;
        try
        {
            _rollback.With().Execute();
        }
        catch (SqliteException)
        {
            // After a full disk or an I/O error SQLite has rolled back by itself.
        }
    }

    /// <summary>Rows are changed by other statements than those here: what was known of them is no longer so.</summary>
    public void Forget() => _known.Clear();

    /// <summary>Within a transaction: the customer's active conversation or a new one.</summary>
    public Decision Start(StartConversation start)
    {
        using (var row = _findActive.With(start.Customer.Id).Read())
        {
            if (row.Read())
                return Decision.Nothing(Rows.ReadPlaced(row, Dialect));
        }

        var conversation = start.Unlogged();
        _key = (long)_insert.With(
            Dialect.Id(conversation.Id),
            SqlValues.Word(conversation.Status),
            conversation.Channel,
            conversation.Customer.Id,
            SqlValues.OrNull(conversation.Customer.DisplayName),
            SqlValues.OrNull(conversation.Customer.Phone),
            SqlValues.OrNull(start.Metadata),
            conversation.LastSequence,
            SqlValues.Time(conversation.CreatedAt),
            SqlValues.Time(conversation.UpdatedAt),
            SqlValues.Time(conversation.QueuedAt)).Scalar()!;
        return Append(conversation, start.Decide(PositionOf(conversation)));
    }

    /// <summary>Within a transaction: lets the command decide, and writes what it decided.</summary>
    public Decision Apply(ConversationCommand command)
    {
        if (!_known.TryGetValue(command.ConversationId, out var known))
        {
            using var row = _load.With(Dialect.Id(command.ConversationId)).Read();
            if (!row.Read())
                return Decision.Refuse(ChatError.NotFound);

            known = Rows.ReadConversation(row, Dialect);
            Know(known.Key, known.Conversation);
        }

        (_key, var current) = known;
        var decision = command.Decide(current, this);
        return decision.Entries.Count == 0 ? decision : Append(current, decision);
    }

    public Message? FindMessage(Guid conversationId, Participant sender, string clientMessageId)
    {
        using var row = _findMessage.With(_key, clientMessageId, SqlValues.Word(sender.Type), sender.Id).Read();
        return row.Read() ? Rows.ReadMessage(row, Dialect, conversationId) : null;
    }

    public int CountHeld(string agentId) => (int)(long)_countHeld.With(agentId).Scalar()!;

    public int PositionOf(Conversation conversation) =>
        (int)(long)_position.With(SqlValues.Time(conversation.CreatedAt), _key).Scalar()!;

    public void Dispose()
    {
        _afterMessage.Dispose();
        _insertEvent.Dispose();
        _connection.Dispose();
    }

    private Decision Append(Conversation current, Decision decision)
    {
        var after = decision.Conversation;
        var onlySpoken = decision.Entries.Count == 1 && decision.Entries[0] is Message;
        var changed = onlySpoken
            ? UpdateAfterMessage(after, current.LastSequence)
            : _afterTransition.With(
                SqlValues.Word(after.Status),
                SqlValues.OrNull(after.Agent?.Id),
                SqlValues.OrNull(after.Agent?.DisplayName),
                after.LastSequence,
                SqlValues.OrNull(after.ClosedBy is { } closedBy ? SqlValues.Word(closedBy) : null),
                SqlValues.OrNull(after.CloseReason),
                SqlValues.Time(after.UpdatedAt),
                SqlValues.Time(after.QueuedAt),
                SqlValues.TimeOrNull(after.AcceptedAt),
                SqlValues.TimeOrNull(after.ClosedAt),
                _key,
                current.LastSequence).Execute();
        if (changed != 1)
            throw new InvalidOperationException($"Conversation {current.Id} moved on inside the transaction that read it.");

        foreach (var entry in decision.Entries)
        {
            Insert(entry);
            _entries.Add(entry);
        }

        // Its place is true at this moment only.
        Know(_key, after.Queue is null ? after : after with { Queue = null });
        return decision;
    }

    private void Know(long key, Conversation conversation)
    {
        if (_known.Count >= MostKnown)
            _known.Clear();
        _known[conversation.Id] = (key, conversation);
    }

    private int UpdateAfterMessage(Conversation after, long expected)
    {
        _afterMessage.Bind(1, after.LastSequence);
        _afterMessage.Bind(2, SqlValues.Time(after.UpdatedAt));
        _afterMessage.Bind(3, _key);
        _afterMessage.Bind(4, expected);
        return _afterMessage.Execute();
    }

    private void Insert(ConversationEvent entry)
    {
        var (kind, participant, body) = entry switch
        {
            Message message => (SqlValues.MessageWord, message.Sender, message.Content),
            Transition transition => (
                SqlValues.Word(transition.Kind),
                transition.Participant,
                JsonSerializer.Serialize(TransitionBody.Of(transition), StorageJson.Default.TransitionBody)),
            _ => throw new InvalidOperationException($"No column for an entry of type {entry.GetType().Name}."),
        };
        var said = entry as Message;
        _insertEvent.Bind(1, _key);
        _insertEvent.Bind(2, entry.Sequence);
        _insertEvent.Bind(3, kind);
        BindMessageId(4, said);
        _insertEvent.Bind(5, participant is null ? null : SqlValues.Word(participant.Type));
        _insertEvent.Bind(6, participant?.Id);
        _insertEvent.Bind(7, participant?.DisplayName);
        _insertEvent.Bind(8, body);
        _insertEvent.Bind(9, said?.Metadata);
        _insertEvent.Bind(10, said?.ClientMessageId);
        _insertEvent.Bind(11, SqlValues.Time(entry.Timestamp));
        _insertEvent.Execute();
    }

    private void BindMessageId(int parameter, Message? said)
    {
        if (said is null)
        {
            _insertEvent.BindNull(parameter);
            return;
        }

        Span<byte> id = stackalloc byte[16];
        said.Id.TryWriteBytes(id, bigEndian: true, out _);
        _insertEvent.Bind(parameter, id);
    }

    private Statement Prepare(string sql, params ReadOnlySpan<string> parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in parameters)
            command.Parameters.Add(new SqliteParameter { ParameterName = name });
        return new Statement(command);
    }

    /// <summary>A prepared command whose parameters are set by place.</summary>
    private readonly struct Statement(SqliteCommand command)
    {
        public Statement With(params ReadOnlySpan<object> values)
        {
            for (var i = 0; i < values.Length; i++)
                command.Parameters[i].Value = values[i];
            return this;
        }

        public int Execute() => command.ExecuteNonQuery();

        public object? Scalar() => command.ExecuteScalar();

        public SqliteDataReader Read() => command.ExecuteReader();
    }
}
