namespace LiveChat.Server.Storage.Sql;

/// <summary>The statements that every engine runs as they stand.</summary>
internal static class Statements
{
    private const string PositionOfRow = """
        CASE WHEN c.status = 'QUEUED' THEN 1 + (
            SELECT count(*) FROM conversation q WHERE q.status = 'QUEUED' AND q.key < c.key) END
        """;

    public const string FindConversation = $"SELECT {Rows.Conversation} FROM conversation_now c WHERE c.id = @id";

    public const string FindWithPosition = $"SELECT {Rows.Conversation}, {PositionOfRow} FROM conversation_now c WHERE c.id = @id";

    public const string FindActive = $"""
        SELECT {Rows.Conversation}, {PositionOfRow} FROM conversation_now c
        WHERE c.customer_id = @customer AND c.status <> 'CLOSED'
        """;

    /// <summary>How many entered the queue before it and still wait.</summary>
    public const string CountBefore = "SELECT count(*) FROM conversation WHERE status = 'QUEUED' AND key < @key";

    public const string InsertConversation = """
        INSERT INTO conversation (id, status, channel, customer_id, customer_name, customer_phone, metadata,
                                  last_sequence, created_at, updated_at, queued_at, chain, start_key)
        VALUES (@id, @status, @channel, @customer_id, @customer_name, @customer_phone, @metadata,
                @last_sequence, @created_at, @updated_at, @queued_at, @chain, @start_key)
        RETURNING key
        """;

    /// <summary>Guarded: who decided on a conversation that has moved on changes no row.</summary>
    public const string UpdateAfterMessage = """
        UPDATE conversation SET last_sequence = @last_sequence, updated_at = @updated_at
        WHERE key = @key AND last_sequence = @expected
        """;

    public const string UpdateAfterTransition = """
        UPDATE conversation
        SET status = @status, customer_name = @customer_name, customer_phone = @customer_phone, metadata = @metadata,
            agent_id = @agent_id, agent_name = @agent_name, last_sequence = @last_sequence,
            closed_by = @closed_by, close_reason = @close_reason, updated_at = @updated_at, queued_at = @queued_at,
            accepted_at = @accepted_at, closed_at = @closed_at
        WHERE key = @key AND last_sequence = @expected
        """;

    /// <summary>Not guarded: whoever has read on meanwhile, it never goes back.</summary>
    public const string UpdateRead = """
        UPDATE conversation
        SET customer_read = CASE WHEN customer_read < @customer_read THEN @customer_read ELSE customer_read END,
            agent_read = CASE WHEN agent_read < @agent_read THEN @agent_read ELSE agent_read END
        WHERE key = @key
        """;

    public const string InsertEvent = """
        INSERT INTO conversation_event (conversation, sequence, kind, message_id, participant_type, participant_id,
                                        participant_name, body, metadata, client_message_id, created_at)
        VALUES (@conversation, @sequence, @kind, @message_id, @participant_type, @participant_id,
                @participant_name, @body, @metadata, @client_message_id, @created_at)
        """;

    public const string FindSent = """
        SELECT sequence FROM conversation_event
        WHERE conversation = @conversation AND client_message_id = @client_message_id
          AND participant_type = @participant_type AND participant_id = @participant_id
        """;

    public const string ReadEntry =
        $"SELECT {Rows.Event} FROM conversation_log e WHERE e.conversation = @conversation AND e.sequence = @sequence";

    public const string CountHeld =
        "SELECT count(*) FROM conversation WHERE agent_id = @agent_id AND status IN ('ASSIGNED', 'CONNECTED')";

    /// <summary>The positions of a page begin after how many stand before it.</summary>
    public const string ReadQueue = """
        SELECT c.id, c.customer_id, c.customer_name, c.customer_phone, c.channel, c.created_at, c.key
        FROM conversation c WHERE c.status = 'QUEUED' AND c.key > @after
        ORDER BY c.key LIMIT @count OFFSET @offset
        """;

    public const string CountQueue = "SELECT count(*) FROM conversation WHERE status = 'QUEUED'";

    /// <summary>Of a whole table, which an engine counts by the pages of its smallest index.</summary>
    public const string CountConversations = "SELECT count(*) FROM conversation";

    public const string CountHeldByStatus =
        "SELECT status, count(*) FROM conversation WHERE status IN ('ASSIGNED', 'CONNECTED') GROUP BY status";

    public const string OldestQueued = "SELECT min(queued_at) FROM conversation WHERE status = 'QUEUED'";

    public const string CountMessages =
        "SELECT count(*) FROM conversation_event WHERE position > @after AND position <= @until AND kind = 'MESSAGE'";

    /// <summary>Of SQLite: messages that are committed and not in the log's table yet.</summary>
    public const string CountPending = "SELECT count(*) FROM pending_message";

    public const string LastPosition = "SELECT coalesce(max(position), 0) FROM conversation_event";

    public const string ReadQueueOrder = "SELECT c.id FROM conversation c WHERE c.status = 'QUEUED' ORDER BY c.key";

    public const string ReadHeld =
        "SELECT c.id, c.agent_id FROM conversation c WHERE c.status IN ('ASSIGNED', 'CONNECTED')";

    public const string FindOpenOfCustomer = "SELECT c.id FROM conversation c WHERE c.customer_id = @id AND c.status <> 'CLOSED'";

    public const string FindOpenOfAgent =
        "SELECT c.id FROM conversation c WHERE c.agent_id = @id AND c.status IN ('ASSIGNED', 'CONNECTED')";

    /// <summary>Writes nothing where it is noted already.</summary>
    public const string NoteCustomerSocket =
        "UPDATE conversation SET customer_socket = 1 WHERE id = @id AND customer_id = @customer AND customer_socket = 0 AND status <> 'CLOSED'";

    public const string NoteAgentSocket = """
        UPDATE conversation SET agent_socket = agent_id
        WHERE id = @id AND agent_id = @agent AND coalesce(agent_socket, '') <> agent_id AND status IN ('ASSIGNED', 'CONNECTED')
        """;

    /// <summary>Of no meaning: whether it can be written is what is asked.</summary>
    public const string WriteTrial =
        "INSERT INTO secret (name, value) VALUES ('trial', @value) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

    public const string ReadWithSockets = """
        SELECT 'CUSTOMER', c.customer_id, c.customer_name FROM conversation c WHERE c.status <> 'CLOSED' AND c.customer_socket = 1
        UNION ALL
        SELECT 'AGENT', c.agent_id, max(c.agent_name) FROM conversation c
        WHERE c.status IN ('ASSIGNED', 'CONNECTED') AND c.agent_socket = c.agent_id GROUP BY c.agent_id
        """;

    public const string ReadRecentAccepts = """
        SELECT accepted_at FROM conversation WHERE accepted_at IS NOT NULL
        ORDER BY accepted_at DESC LIMIT @count
        """;

    public const string FindExpired = """
        SELECT c.id, c.key FROM conversation c
        WHERE c.status <> 'CLOSED' AND c.key > @after
          AND ((c.status = 'QUEUED' AND c.queued_at <= @queued_before)
            OR (c.status <> 'QUEUED' AND c.updated_at <= @active_before)
            OR c.created_at <= @created_before)
        ORDER BY c.key LIMIT @count
        """;

    /// <param name="messagesOnly">Leaves out transitions.</param>
    /// <param name="newest">The last of the range rather than the first; the rows come newest first then.</param>
    public static string ReadLog(bool messagesOnly, bool newest) => $"""
        SELECT {Rows.Event} FROM conversation_log e
        WHERE e.conversation = @conversation AND e.sequence > @after AND e.sequence < @before
          {(messagesOnly ? "AND e.kind = 'MESSAGE'" : "")}
        ORDER BY e.sequence {(newest ? "DESC" : "ASC")} LIMIT @count
        """;

    public const string AnyMessage = """
        SELECT EXISTS (SELECT 1 FROM conversation_log e
        WHERE e.conversation = @conversation AND e.sequence > @after AND e.sequence < @before
          AND e.kind = 'MESSAGE')
        """;

    /// <summary>
    /// The page first, and what costs a count or a look at the log for its rows alone. By activity, a message that was sent a moment ago may
    /// not have moved its conversation up yet.
    /// </summary>
    public static string List(ConversationFilter filter, ConversationOrder order)
    {
        var columns = order.ByActivity ? "updated_at DESC, key DESC" : "key DESC";
        var after = order switch
        {
            { After: null } => "",
            { ByActivity: true } => "(c.updated_at, c.key) < (@after_at, @after_key)",
            _ => "c.key < @after_key",
        };
        return $"""
            SELECT {Rows.Conversation}, {PositionOfRow}, p.updated_at, e.unread, {Rows.Event}
            FROM (SELECT c.key, c.updated_at FROM conversation c {Where(filter, after)} ORDER BY {columns} LIMIT @count OFFSET @offset) p
            JOIN conversation_now c ON c.key = p.key
            JOIN conversation_digest e ON e.key = p.key
            ORDER BY {(order.ByActivity ? "p.updated_at DESC, p.key DESC" : "p.key DESC")}
            """;
    }

    public static string CountList(ConversationFilter filter) => $"SELECT count(*) FROM conversation c {Where(filter)}";

    public const string ReadCustomer = $"""
        SELECT {Rows.Conversation} FROM conversation_now c
        WHERE c.customer_id = @customer AND c.key > @after ORDER BY c.key LIMIT @count
        """;

    /// <summary>What was said, whoever said it; who said it stays by its type, and an agent by its id.</summary>
    public const string EraseMessages = """
        UPDATE conversation_event
        SET body = '', metadata = NULL, client_message_id = NULL,
            participant_id = CASE participant_type WHEN 'CUSTOMER' THEN @pseudonym ELSE participant_id END,
            participant_name = CASE participant_type WHEN 'CUSTOMER' THEN NULL ELSE participant_name END
        WHERE conversation = @conversation AND kind = 'MESSAGE' AND sequence > @after AND sequence <= @until
        """;

    /// <summary>The customer in the entries that are not messages.</summary>
    public const string EraseParticipant = """
        UPDATE conversation_event SET participant_id = @pseudonym, participant_name = NULL
        WHERE conversation = @conversation AND kind <> 'MESSAGE' AND participant_type = 'CUSTOMER'
          AND sequence > @after AND sequence <= @until
        """;

    /// <summary>The bodies of the entries that are not messages: each says what the conversation stood at.</summary>
    public const string ReadBodies = """
        SELECT sequence, body FROM conversation_event
        WHERE conversation = @conversation AND kind <> 'MESSAGE' AND sequence > @after AND sequence <= @until
        """;

    public const string EraseBody = "UPDATE conversation_event SET body = @body WHERE conversation = @conversation AND sequence = @sequence";

    public const string EraseCustomer = """
        UPDATE conversation
        SET customer_id = @pseudonym, customer_name = NULL, customer_phone = NULL, metadata = NULL, close_reason = @close_reason,
            chain = NULL, start_key = NULL
        WHERE key = @key
        """;

    public const string FindRemovable = """
        SELECT key FROM conversation WHERE status = 'CLOSED' AND closed_at <= @closed_before
        ORDER BY closed_at LIMIT 1
        """;

    /// <summary>The newest ones, so that what is left of a log is its beginning.</summary>
    public const string RemoveEvents = """
        DELETE FROM conversation_event
        WHERE conversation = @conversation AND sequence > (
            SELECT max(sequence) - @count FROM conversation_event WHERE conversation = @conversation)
        """;

    public const string RemoveConversation = "DELETE FROM conversation WHERE key = @key";

    private static string Where(ConversationFilter filter, string also = "")
    {
        var conditions = new List<string>();
        if (also.Length > 0)
            conditions.Add(also);
        if (filter.AgentId is not null)
            conditions.Add("c.agent_id = @agent_id");
        if (filter.Statuses.Count > 0)
            conditions.Add($"c.status IN ({string.Join(", ", filter.Statuses.Select(s => $"'{SqlValues.Word(s)}'"))})");
        return conditions.Count == 0 ? "" : "WHERE " + string.Join(" AND ", conditions);
    }
}
