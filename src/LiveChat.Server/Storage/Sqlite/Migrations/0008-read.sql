-- How far each side has read: the sequence of an entry, 0 at first.
ALTER TABLE conversation ADD COLUMN customer_read INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN agent_read INTEGER NOT NULL DEFAULT 0;

DROP VIEW conversation_now;
CREATE VIEW conversation_now AS
    SELECT key, id, status, channel, customer_id, customer_name, customer_phone, metadata, agent_id, agent_name,
           coalesce((SELECT max(p.sequence) FROM pending_message p WHERE p.conversation = c.key), last_sequence) AS last_sequence,
           closed_by, close_reason, created_at,
           coalesce((SELECT max(p.created_at) FROM pending_message p WHERE p.conversation = c.key), updated_at) AS updated_at,
           queued_at, accepted_at, closed_at, chain, start_key, customer_read, agent_read
    FROM conversation c;

-- What a list says of a conversation beside the projection: how many of its customer's messages the agent has not read, and the newest
-- message. What is pending are messages alone, and newer than what is in the log.
CREATE VIEW conversation_digest AS
    SELECT c.key,
           (SELECT count(*) FROM conversation_event e
            WHERE e.conversation = c.key AND e.sequence > c.agent_read AND e.kind = 'MESSAGE' AND e.participant_type = 'CUSTOMER')
         + (SELECT count(*) FROM pending_message p
            WHERE p.conversation = c.key AND p.sequence > c.agent_read AND p.participant_type = 'CUSTOMER') AS unread,
           coalesce(p.sequence, e.sequence) AS sequence,
           coalesce(p.kind, e.kind) AS kind,
           coalesce(p.message_id, e.message_id) AS message_id,
           coalesce(p.participant_type, e.participant_type) AS participant_type,
           coalesce(p.participant_id, e.participant_id) AS participant_id,
           CASE WHEN p.sequence IS NULL THEN e.participant_name ELSE p.participant_name END AS participant_name,
           coalesce(p.body, e.body) AS body,
           CASE WHEN p.sequence IS NULL THEN e.metadata ELSE p.metadata END AS metadata,
           CASE WHEN p.sequence IS NULL THEN e.client_message_id ELSE p.client_message_id END AS client_message_id,
           coalesce(p.created_at, e.created_at) AS created_at
    FROM conversation c
    LEFT JOIN pending_message p ON p.position = (
        SELECT max(n.position) FROM pending_message n WHERE n.conversation = c.key)
    LEFT JOIN conversation_event e ON e.conversation = c.key AND e.sequence = (
        SELECT n.sequence FROM conversation_event n WHERE n.conversation = c.key AND n.kind = 'MESSAGE' ORDER BY n.sequence DESC LIMIT 1);
