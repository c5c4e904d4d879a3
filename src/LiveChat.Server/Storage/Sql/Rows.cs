using System.Data.Common;
using System.Text.Json;

namespace LiveChat.Server.Storage.Sql;

/// <summary>Rows to the domain's values, by the order of the columns named here.</summary>
internal static class Rows
{
    /// <summary>Of <c>conversation c</c>. What follows them in a statement starts at <see cref="ConversationWidth"/>.</summary>
    public const string Conversation =
        "c.key, c.id, c.status, c.channel, c.customer_id, c.customer_name, c.customer_phone, c.agent_id, c.agent_name, " +
        "c.last_sequence, c.closed_by, c.close_reason, c.created_at, c.updated_at, c.queued_at, c.accepted_at, c.closed_at, c.metadata, " +
        "c.chain, c.start_key, c.customer_read, c.agent_read";

    public const int ConversationWidth = 22;

    /// <summary>Of <c>conversation_event e</c>.</summary>
    public const string Event =
        "e.sequence, e.kind, e.message_id, e.participant_type, e.participant_id, e.participant_name, e.body, e.metadata, " +
        "e.client_message_id, e.created_at";

    public static (long Key, Conversation Conversation) ReadConversation(DbDataReader row, ISqlDialect dialect) =>
        (row.GetInt64(0), new Conversation
        {
            Id = dialect.ReadId(row, 1),
            Status = SqlValues.Status(row.GetString(2)),
            Channel = row.GetString(3),
            Customer = new Customer(row.GetString(4), row.StringOrNull(5), row.StringOrNull(6)),
            Agent = row.IsDBNull(7) ? null : new Agent(row.GetString(7), row.StringOrNull(8)),
            LastSequence = row.GetInt64(9),
            ClosedBy = row.IsDBNull(10) ? null : SqlValues.Participant(row.GetString(10)),
            CloseReason = row.StringOrNull(11),
            CreatedAt = row.Time(12),
            UpdatedAt = row.Time(13),
            QueuedAt = row.Time(14),
            AcceptedAt = row.TimeOrNull(15),
            ClosedAt = row.TimeOrNull(16),
            Metadata = row.StringOrNull(17),
            Chain = row.IsDBNull(18) ? null : dialect.ReadId(row, 18),
            StartKey = row.StringOrNull(19),
            Read = new ReadMarkers(row.GetInt64(20), row.GetInt64(21)),
        });

    /// <summary>A conversation whose statement adds its position in the queue after its columns, null when it is not queued.</summary>
    public static FoundConversation ReadFound(DbDataReader row, ISqlDialect dialect)
    {
        var (key, conversation) = ReadConversation(row, dialect);
        return new FoundConversation(conversation, row.IsDBNull(ConversationWidth) ? null : row.GetInt32(ConversationWidth), key);
    }

    /// <summary>A conversation of a list: after the position come the activity that it is listed by, what is unread, and the newest message.</summary>
    public static FoundConversation ReadListed(DbDataReader row, ISqlDialect dialect)
    {
        const int At = ConversationWidth + 1, Unread = At + 1, Newest = Unread + 1;
        var found = ReadFound(row, dialect);
        return found with
        {
            ListedAt = row.Time(At),
            Unread = row.GetInt64(Unread),
            LastMessage = row.IsDBNull(Newest) ? null : ReadMessage(row, dialect, found.Conversation.Id, Newest),
        };
    }

    /// <param name="row">The row.</param>
    /// <param name="dialect">The engine's.</param>
    /// <param name="conversationId">Whose log it is in.</param>
    /// <param name="from">Where the columns of the event begin.</param>
    public static Message ReadMessage(DbDataReader row, ISqlDialect dialect, Guid conversationId, int from = 0) => new()
    {
        ConversationId = conversationId,
        Sequence = row.GetInt64(from),
        Id = dialect.ReadId(row, from + 2),
        Sender = ReadParticipant(row, from)!,
        Content = row.GetString(from + 6),
        Metadata = row.StringOrNull(from + 7),
        ClientMessageId = row.StringOrNull(from + 8),
        Timestamp = row.Time(from + 9),
    };

    /// <param name="row">The row.</param>
    /// <param name="dialect">The engine's.</param>
    /// <param name="conversation">Whose log it is in, as it stands.</param>
    /// <param name="from">Where the columns of the event begin.</param>
    public static ConversationEvent ReadEvent(DbDataReader row, ISqlDialect dialect, Conversation conversation, int from = 0)
    {
        var kind = row.GetString(from + 1);
        if (kind == SqlValues.MessageWord)
            return ReadMessage(row, dialect, conversation.Id, from);

        var sequence = row.GetInt64(from);
        var timestamp = row.Time(from + 9);
        var body = JsonSerializer.Deserialize(row.GetString(from + 6), StorageJson.Default.TransitionBody)!;
        return new Transition
        {
            ConversationId = conversation.Id,
            Sequence = sequence,
            Timestamp = timestamp,
            Kind = SqlValues.Kind(kind),
            Participant = ReadParticipant(row, from),
            Reason = body.Reason,
            Conversation = body.Restore(conversation, sequence, timestamp),
        };
    }

    /// <summary>What an entry has in the columns kind, participant_… and body, the same in every engine.</summary>
    public static (string Kind, Participant? Participant, string Body) EntryColumns(ConversationEvent entry) =>
        entry.Match<(string, Participant?, string)>(
            static message => (SqlValues.MessageWord, message.Sender, message.Content),
            static transition => (
                SqlValues.Word(transition.Kind),
                transition.Participant,
                JsonSerializer.Serialize(TransitionBody.Of(transition), StorageJson.Default.TransitionBody)));

    private static Participant? ReadParticipant(DbDataReader row, int from = 0) =>
        row.IsDBNull(from + 3)
            ? null
            : new Participant(row.GetString(from + 4), SqlValues.Participant(row.GetString(from + 3)), row.StringOrNull(from + 5));
}

/// <summary>What engines spell differently.</summary>
internal interface ISqlDialect
{
    Guid ReadId(DbDataReader row, int column);

    /// <summary>The value of a parameter that is an id.</summary>
    object Id(Guid id);

    /// <summary>What is read until the result is disposed is of one moment.</summary>
    ValueTask<IAsyncDisposable> BeginSnapshotAsync(DbConnection connection);

    /// <summary>How many bytes the database has.</summary>
    string ReadBytes { get; }
}
