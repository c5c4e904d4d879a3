-- What a visitor without an account reaches its conversation by: the chain of its session tokens, and a hash of what the call that began it
-- can be repeated by.
ALTER TABLE conversation ADD COLUMN chain BLOB;
ALTER TABLE conversation ADD COLUMN start_key TEXT;

DROP VIEW conversation_now;
CREATE VIEW conversation_now AS
    SELECT key, id, status, channel, customer_id, customer_name, customer_phone, metadata, agent_id, agent_name,
           coalesce((SELECT max(p.sequence) FROM pending_message p WHERE p.conversation = c.key), last_sequence) AS last_sequence,
           closed_by, close_reason, created_at,
           coalesce((SELECT max(p.created_at) FROM pending_message p WHERE p.conversation = c.key), updated_at) AS updated_at,
           queued_at, accepted_at, closed_at, chain, start_key
    FROM conversation c;

-- The keys that session tokens are signed and encrypted with, oldest first. A server that signs reads all of them.
CREATE TABLE protection_key (
    position INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    xml      TEXT NOT NULL
);
