using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>
/// The one connection that writes, with its statements prepared once. Used by the thread of a <see cref="WriteQueue"/> alone, so
/// each prepared command's parameters have one owner.
/// </summary>
internal sealed class SqliteWriter : IWriteTransactions, ICommandFacts, IDisposable
{
    private static readonly SqliteDialect Dialect = SqliteDialect.Instance;

    private readonly SqliteConnection _connection;
    private readonly List<ConversationEvent> _entries = [];
    private readonly Statement _begin, _commit, _rollback, _load, _findActive, _position, _insert, _afterMessage, _afterTransition,
        _insertEvent, _findMessage, _countHeld;

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
        _afterMessage = Prepare(Statements.UpdateAfterMessage, "@last_sequence", "@updated_at", "@key", "@expected");
        _afterTransition = Prepare(
            Statements.UpdateAfterTransition,
            "@status", "@agent_id", "@agent_name", "@last_sequence", "@closed_by", "@close_reason", "@updated_at", "@queued_at",
            "@accepted_at", "@closed_at", "@key", "@expected");
        _insertEvent = Prepare(
            Statements.InsertEvent,
            "@conversation", "@sequence", "@kind", "@message_id", "@participant_type", "@participant_id", "@participant_name",
            "@body", "@metadata", "@client_message_id", "@created_at");
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
        Conversation current;
        using (var row = _load.With(Dialect.Id(command.ConversationId)).Read())
        {
            if (!row.Read())
                return Decision.Refuse(ChatError.NotFound);

            (_key, current) = Rows.ReadConversation(row, Dialect);
        }

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

    public void Dispose() => _connection.Dispose();

    private Decision Append(Conversation current, Decision decision)
    {
        var after = decision.Conversation;
        var onlySpoken = decision.Entries.Count == 1 && decision.Entries[0] is Message;
        var changed = onlySpoken
            ? _afterMessage.With(after.LastSequence, SqlValues.Time(after.UpdatedAt), _key, current.LastSequence).Execute()
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

        return decision;
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
        _insertEvent.With(
            _key,
            entry.Sequence,
            kind,
            said is null ? DBNull.Value : Dialect.Id(said.Id),
            SqlValues.OrNull(participant is null ? null : SqlValues.Word(participant.Type)),
            SqlValues.OrNull(participant?.Id),
            SqlValues.OrNull(participant?.DisplayName),
            body,
            SqlValues.OrNull(said?.Metadata),
            SqlValues.OrNull(said?.ClientMessageId),
            SqlValues.Time(entry.Timestamp)).Execute();
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
