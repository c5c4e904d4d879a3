using LiveChat.Server.Storage.Sql;

namespace LiveChat.Server.Storage.Postgres;

/// <summary>The statements that only PostgreSQL runs: each takes arrays, a value of each for every conversation or entry of a batch.</summary>
internal static class PostgresStatements
{
    public const string LoadById = $"SELECT {Rows.Conversation} FROM conversation c WHERE c.id = ANY(@ids)";

    public const string LoadActive = $"SELECT {Rows.Conversation} FROM conversation c WHERE c.customer_id = ANY(@customers) AND c.status <> 'CLOSED'";

    public const string LoadHeld = $"SELECT {Rows.Conversation} FROM conversation c WHERE c.agent_id = ANY(@agents) AND c.status IN ('ASSIGNED', 'CONNECTED')";

    public const string FindEntry = """
        SELECT 1 FROM conversation_event e JOIN conversation c ON c.key = e.conversation
        WHERE c.id = @id AND e.sequence = @sequence AND e.kind = @kind AND e.created_at = @created_at
          AND coalesce(e.message_id, @message_id) = @message_id
        """;

    /// <summary>A row for each message that is there, with the number of who asked for it.</summary>
    public const string FindSent = $"""
        SELECT a.number, c.id, {Rows.Event}
        FROM unnest(@number, @conversation, @client_message_id, @participant_type, @participant_id)
             AS a(number, conversation, client_message_id, participant_type, participant_id)
        JOIN conversation_event e ON e.conversation = a.conversation AND e.client_message_id = a.client_message_id
             AND e.participant_type = a.participant_type AND e.participant_id = a.participant_id
        JOIN conversation c ON c.key = a.conversation
        """;

    public const string CountHeld = """
        SELECT a.number, count(c.key) FROM unnest(@number, @agent) AS a(number, agent)
        JOIN conversation c ON c.agent_id = a.agent AND c.status IN ('ASSIGNED', 'CONNECTED') GROUP BY a.number
        """;

    public const string CountBefore = """
        SELECT a.number, (SELECT count(*) FROM conversation c WHERE c.status = 'QUEUED' AND c.key < a.key)
        FROM unnest(@number, @key) AS a(number, key)
        """;

    /// <summary>Until the end of the transaction, in an order that is everybody's.</summary>
    public const string LockAgents = "SELECT pg_advisory_xact_lock(hashtextextended(a.id, 0)) FROM (SELECT DISTINCT unnest(@agents) AS id ORDER BY 1) a";

    /// <summary>The rows of more than one of the statements that follow.</summary>
    public const string LockConversations = "SELECT FROM conversation WHERE key = ANY(@keys) ORDER BY key FOR UPDATE";

    /// <summary>Messages alone: of the conversation only how far its log goes, which no index knows.</summary>
    public static readonly string AppendMessages = Append("", "last_sequence = d.last, updated_at = d.updated_at", "");

    public static readonly string AppendTransitions = Append(
        ", status, customer_name, customer_phone, metadata, agent_id, agent_name, closed_by, close_reason, queued_at, accepted_at, closed_at, held",
        """
        last_sequence = d.last, updated_at = d.updated_at, status = d.status, customer_name = d.customer_name, customer_phone = d.customer_phone,
        metadata = d.metadata, agent_id = d.agent_id, agent_name = d.agent_name, closed_by = d.closed_by, close_reason = d.close_reason,
        queued_at = d.queued_at, accepted_at = d.accepted_at, closed_at = d.closed_at
        """,
        """
        AND (d.held IS NULL OR d.held = (
            SELECT count(*) FROM conversation h WHERE h.agent_id = d.agent_id AND h.status IN ('ASSIGNED', 'CONNECTED')))
        """);

    /// <summary>Not guarded: whoever has read on meanwhile, it never goes back.</summary>
    public const string UpdateRead = """
        UPDATE conversation c SET customer_read = greatest(c.customer_read, d.customer_read), agent_read = greatest(c.agent_read, d.agent_read)
        FROM (SELECT c.key, d.customer_read, d.agent_read
              FROM unnest(@key, @customer_read, @agent_read) AS d(key, customer_read, agent_read) JOIN conversation c ON c.key = d.key
              ORDER BY c.key FOR UPDATE OF c) d
        WHERE c.key = d.key
        """;

    /// <summary>Conversations that begin, each with its entries; gives those that were written. One that its customer has already is passed over.</summary>
    public const string Begin = $"""
        WITH begun AS (
            INSERT INTO conversation (id, status, channel, customer_id, customer_name, customer_phone, metadata, last_sequence, created_at,
                                      updated_at, queued_at, chain, start_key, agent_id, agent_name, closed_by, close_reason, accepted_at, closed_at)
            SELECT * FROM unnest(@id, @status, @channel, @customer_id, @customer_name, @customer_phone, @metadata, @last, @created_at,
                                 @updated_at, @queued_at, @chain, @start_key, @agent_id, @agent_name, @closed_by, @close_reason, @accepted_at, @closed_at)
            ON CONFLICT DO NOTHING
            RETURNING key, id),
        appended AS (
            INSERT INTO conversation_event ({EntryColumns})
            SELECT b.key, {EntryValues} FROM unnest(@entry_of, {EntryArrays}) AS e(entry_of, {EntryNames}) JOIN begun b ON b.id = e.entry_of)
        SELECT id, key FROM begun
        """;

    private const string EntryNames = "sequence, kind, message_id, participant_type, participant_id, participant_name, body, entry_metadata, client_message_id, entry_at";

    private const string EntryArrays =
        "@sequence, @kind, @message_id, @participant_type, @participant_id, @participant_name, @body, @entry_metadata, @client_message_id, @entry_at";

    private const string EntryColumns =
        "conversation, sequence, kind, message_id, participant_type, participant_id, participant_name, body, metadata, client_message_id, created_at";

    private const string EntryValues =
        "e.sequence, e.kind, e.message_id, e.participant_type, e.participant_id, e.participant_name, e.body, e.entry_metadata, e.client_message_id, e.entry_at";

    /// <summary>
    /// Moves conversations on that still stand where they were decided on, and appends their entries; gives the others as they stand. Rows are
    /// locked in the order of their keys. A message that was sent before takes its whole conversation out: once the row is locked and stands
    /// at the expected sequence, all that is in its log was there when the statement began.
    /// </summary>
    private static string Append(string columns, string set, string guard) => $"""
        WITH change AS (
            SELECT * FROM unnest(@key, @expected, @last, @updated_at{string.Concat(columns.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(c => ", @" + c))})
                AS d(key, expected, last, updated_at{columns})),
        entry AS (
            SELECT * FROM unnest(@entry_of, {EntryArrays}) AS e(entry_of, {EntryNames})),
        repeated AS (
            SELECT e.entry_of FROM entry e JOIN conversation_event o ON o.conversation = e.entry_of AND o.client_message_id = e.client_message_id
                AND o.participant_type = e.participant_type AND o.participant_id = e.participant_id),
        free AS (
            SELECT d.* FROM change d JOIN conversation c ON c.key = d.key
            WHERE c.last_sequence = d.expected AND d.key NOT IN (SELECT entry_of FROM repeated) {guard}
            ORDER BY d.key FOR UPDATE OF c),
        moved AS (
            UPDATE conversation c SET {set} FROM free d WHERE c.key = d.key RETURNING c.key),
        appended AS (
            INSERT INTO conversation_event ({EntryColumns})
            SELECT e.entry_of, {EntryValues} FROM entry e JOIN moved m ON m.key = e.entry_of)
        SELECT {Rows.Conversation}, d.key FROM change d LEFT JOIN conversation c ON c.key = d.key WHERE d.key NOT IN (SELECT key FROM moved)
        """;
}
