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

    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(250);

    private readonly JournalLimits _limits;
    private readonly SqliteConnection _connection;
    private readonly SqliteJournal _journal;
    private readonly UnfiledMessages _unfiled = new();
    private readonly List<ConversationEvent> _entries = [];
    private readonly Dictionary<long, (long First, Message Last)> _grown = [];

    // What was read or written last, so that the next message of a conversation needs no read of it. Nobody else writes to the file.
    private readonly Dictionary<Guid, (long Key, Conversation Conversation)> _known = [];
    private readonly Statement _begin, _commit, _rollback, _load, _findActive, _position, _insert, _afterTransition, _findMessage, _countHeld, _noteCustomer, _noteAgent;
    private readonly SqliteStatement _afterMessage, _insertEvent;

    private bool _inTransaction;

    // How many of the unfiled messages were filed in this transaction.
    private int _filed;

    // After a rollback nothing is known of the conversations that have unfiled messages, until those are filed.
    private bool _mustFile;
    private long _fileAt;

    // The key of the conversation that is being decided on: the facts are asked about that one.
    private long _key;

    public SqliteWriter(SqliteConnection connection, JournalLimits limits)
    {
        _limits = limits;
        _connection = connection;
        _journal = new SqliteJournal(connection);
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
        _noteCustomer = Prepare(Statements.NoteCustomerSocket, "@id", "@customer");
        _noteAgent = Prepare(Statements.NoteAgentSocket, "@id", "@agent");
        Recovered = Recover();
    }

    /// <summary>How many messages a server that was cut off had left in the journal.</summary>
    public int Recovered { get; }

    /// <summary>What was committed and is not in the log's table yet, for readers.</summary>
    public UnfiledMessages Unfiled => _unfiled;

    public TimeSpan? FileDue => _unfiled.Journaled == 0 ? null
        : _unfiled.Journaled >= _limits.Most && !_mustFile ? TimeSpan.Zero
        : TimeSpan.FromMilliseconds(_fileAt - Environment.TickCount64);

    public void Begin()
    {
        if (_mustFile)
            File();
        BeginTransaction();
    }

    public IReadOnlyList<ConversationEvent> Commit()
    {
        if (_filed > 0 || (_unfiled.Journaled == 0 && _unfiled.Count <= _limits.Few))
        {
            FileAll();
            CommitFiled();
        }
        else
        {
            CommitJournaled();
        }

        return _entries.ToArray();
    }

    public void File()
    {
        if (_unfiled.Journaled == 0)
            return;

        try
        {
            BeginTransaction();
            FileAll();
            CommitFiled();
        }
        catch
        {
            Rollback();
            _fileAt = Environment.TickCount64 + (long)RetryAfter.TotalMilliseconds;
            throw;
        }
    }

    public void Rollback()
    {
        _known.Clear();
        _grown.Clear();
        _filed = 0;
        _unfiled.DropLatest();
        _mustFile = _unfiled.Journaled > 0;
        if (_inTransaction)
        {
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

        LogVfs.Forget(_connection);
    }

    /// <summary>
    /// Within a transaction: other statements than those here are about to change rows. They find every message filed and no
    /// copy of one in the journal, and what was known of the rows is no longer so.
    /// </summary>
    public void MakeWay()
    {
        FileAll();
        _journal.Empty();
        _known.Clear();
    }

    /// <summary>Within a transaction: the customer's active conversation or a new one.</summary>
    public Decision Start(StartConversation start)
    {
        using (var row = _findActive.With(start.Customer.Id).Read())
        {
            if (row.Read())
                return Decision.Nothing(UpToDate(Rows.ReadPlaced(row, Dialect)));
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

    /// <summary>Within a transaction; false when there was nothing to note.</summary>
    public bool NoteSocket(Guid conversationId, Participant participant) =>
        (participant.Type is ParticipantType.Customer ? _noteCustomer : _noteAgent)
            .With(Dialect.Id(conversationId), participant.Id).Execute() > 0;

    /// <summary>Within a transaction: writes something that nobody reads.</summary>
    public object? WriteTrial() => _connection.Ask("INSERT OR REPLACE INTO secret (name, value) VALUES ('trial', randomblob(16))");

    public Message? FindMessage(Guid conversationId, Participant sender, string clientMessageId)
    {
        if (_unfiled.Find(conversationId, sender, clientMessageId) is { } unfiled)
            return unfiled;

        using var row = _findMessage.With(_key, clientMessageId, SqlValues.Word(sender.Type), sender.Id).Read();
        return row.Read() ? Rows.ReadMessage(row, Dialect, conversationId) : null;
    }

    public int CountHeld(string agentId) => (int)(long)_countHeld.With(agentId).Scalar()!;

    public int PositionOf(Conversation conversation) =>
        (int)(long)_position.With(SqlValues.Time(conversation.CreatedAt), _key).Scalar()!;

    public void Dispose()
    {
        _journal.Dispose();
        _afterMessage.Dispose();
        _insertEvent.Dispose();
        _connection.Dispose();
    }

    /// <summary>A row is behind while messages of its conversation are unfiled; what is known is not.</summary>
    private Conversation UpToDate(Conversation row) => _known.TryGetValue(row.Id, out var known)
        ? row with { LastSequence = known.Conversation.LastSequence, UpdatedAt = known.Conversation.UpdatedAt }
        : row;

    /// <summary>Files what a server that was cut off left in the journal.</summary>
    private int Recover()
    {
        BeginTransaction();
        try
        {
            foreach (var message in _journal.Read())
            {
                if (FindUnfiled(message) is { } key)
                {
                    _unfiled.Add(key, message);
                    FileAll();
                }
            }

            _journal.Empty();
            var recovered = _filed;
            CommitFiled();
            return recovered;
        }
        catch
        {
            Rollback();
            throw;
        }
    }

    /// <summary>The key of the message's conversation, null when the message is filed already or the conversation was removed.</summary>
    /// <exception cref="InvalidDataException">The message's place in the log is another entry's, or the one before it is missing.</exception>
    private long? FindUnfiled(Message message)
    {
        using var row = _load.With(Dialect.Id(message.ConversationId)).Read();
        if (!row.Read())
            return null;

        var (key, conversation) = Rows.ReadConversation(row, Dialect);
        if (message.Sequence == conversation.LastSequence + 1)
            return key;

        using var filed = _connection.Command(
            "SELECT message_id FROM conversation_event WHERE conversation = @conversation AND sequence = @sequence",
            ("@conversation", key),
            ("@sequence", message.Sequence));
        if (filed.ExecuteScalar() is byte[] id && new Guid(id, bigEndian: true) == message.Id)
            return null;

        throw new InvalidDataException(
            $"The journal holds message {message.Id} as entry {message.Sequence} of conversation {message.ConversationId}, which has "
            + $"{conversation.LastSequence} entries and another one there. A program that does not know the journal has written to the file.");
    }

    private void BeginTransaction()
    {
        _entries.Clear();
        _filed = 0;
        _begin.With().Execute();
        _inTransaction = true;
    }

    private void CommitFiled()
    {
        CommitTransaction();
        _unfiled.Clear();
        _journal.Restart();
        _mustFile = false;
    }

    private void CommitJournaled()
    {
        if (_unfiled.Latest is { Length: > 0 } latest)
            _journal.Write(latest);
        CommitTransaction();
        if (_unfiled.Latest.IsEmpty)
            return;

        if (_unfiled.Journaled == 0)
            _fileAt = Environment.TickCount64 + (long)_limits.Longest.TotalMilliseconds;
        _journal.Keep();
        _unfiled.LatestAreJournaled();
    }

    private void CommitTransaction()
    {
        _commit.With().Execute();
        _inTransaction = false;
    }

    private Decision Append(Conversation current, Decision decision)
    {
        var after = decision.Conversation;
        if (decision.Entries.Count == 1 && decision.Entries[0] is Message message)
        {
            _unfiled.Add(_key, message);
        }
        else
        {
            FileAll();
            UpdateAfterTransition(current, after);
            foreach (var entry in decision.Entries)
                Insert(_key, entry);
        }

        _entries.AddRange(decision.Entries);

        // Its place is true at this moment only.
        Know(_key, after.Queue is null ? after : after with { Queue = null });
        return decision;
    }

    private void Know(long key, Conversation conversation)
    {
        // What has unfiled messages must be known: its row is behind.
        if (_known.Count >= MostKnown && _unfiled.Count == _filed)
            _known.Clear();
        _known[conversation.Id] = (key, conversation);
    }

    /// <summary>Within a transaction: files all that was said, and has each conversation stand at the last of it.</summary>
    private void FileAll()
    {
        foreach (var (key, message) in _unfiled.From(_filed))
        {
            Insert(key, message);
            var first = _grown.TryGetValue(key, out var grown) ? grown.First : message.Sequence;
            _grown[key] = (first, message);
        }

        foreach (var (key, (first, last)) in _grown)
        {
            _afterMessage.Bind(1, last.Sequence);
            _afterMessage.Bind(2, SqlValues.Time(last.Timestamp));
            _afterMessage.Bind(3, key);
            _afterMessage.Bind(4, first - 1);
            MustChangeOne(_afterMessage.Execute(), last.ConversationId);
        }

        _grown.Clear();
        _filed = _unfiled.Count;
        _journal.Trim();
    }

    private void UpdateAfterTransition(Conversation current, Conversation after) => MustChangeOne(
        _afterTransition.With(
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
            current.LastSequence).Execute(),
        current.Id);

    private static void MustChangeOne(int changed, Guid conversationId)
    {
        if (changed != 1)
            throw new InvalidOperationException($"Conversation {conversationId} moved on inside the transaction that read it.");
    }

    private void Insert(long key, ConversationEvent entry)
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
        _insertEvent.Bind(1, key);
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
