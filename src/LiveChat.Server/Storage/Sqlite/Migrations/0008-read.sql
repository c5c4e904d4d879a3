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
