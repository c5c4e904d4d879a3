-- Messages of many conversations that were committed together, until they are filed in conversation_event: a commit then appends to a page
-- or two, and does not write one for each conversation. It has the columns of conversation_event and none of its indexes.
CREATE TABLE pending_message (
    position          INTEGER PRIMARY KEY,
    conversation      INTEGER NOT NULL,
    sequence          INTEGER NOT NULL,
    kind              TEXT    NOT NULL,
    message_id        BLOB,
    participant_type  TEXT,
    participant_id    TEXT,
    participant_name  TEXT,
    body              TEXT    NOT NULL,
    metadata          TEXT,
    client_message_id TEXT,
    created_at        INTEGER NOT NULL
);

-- What readers see: the log and the projection with what is pending.
CREATE VIEW conversation_log AS
    SELECT conversation, sequence, kind, message_id, participant_type, participant_id, participant_name,
           body, metadata, client_message_id, created_at FROM conversation_event
    UNION ALL
    SELECT conversation, sequence, kind, message_id, participant_type, participant_id, participant_name,
           body, metadata, client_message_id, created_at FROM pending_message;

CREATE VIEW conversation_now AS
    SELECT key, id, status, channel, customer_id, customer_name, customer_phone, metadata, agent_id, agent_name,
           coalesce((SELECT max(p.sequence) FROM pending_message p WHERE p.conversation = c.key), last_sequence) AS last_sequence,
           closed_by, close_reason, created_at,
           coalesce((SELECT max(p.created_at) FROM pending_message p WHERE p.conversation = c.key), updated_at) AS updated_at,
           queued_at, accepted_at, closed_at
    FROM conversation c;

-- The queue's order is the order of entering, whatever the clock said then.
DROP INDEX conversation_queue;
CREATE INDEX conversation_queue ON conversation (key) WHERE status = 'QUEUED';
