-- A conversation is an append-only log; `conversation` is its projection, `conversation_event` the log itself.
-- Times are milliseconds since 1970-01-01 UTC. Ids are the 16 bytes of the UUID in the order in which they are written.

CREATE TABLE conversation (
    key            INTEGER PRIMARY KEY,
    id             BLOB    NOT NULL UNIQUE,
    status         TEXT    NOT NULL CHECK (status IN ('QUEUED', 'ASSIGNED', 'CONNECTED', 'CLOSED')),
    channel        TEXT    NOT NULL,
    customer_id    TEXT    NOT NULL,
    customer_name  TEXT,
    customer_phone TEXT,
    metadata       TEXT,
    agent_id       TEXT,
    agent_name     TEXT,
    last_sequence  INTEGER NOT NULL,
    closed_by      TEXT,
    close_reason   TEXT,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    queued_at      INTEGER NOT NULL,
    accepted_at    INTEGER,
    closed_at      INTEGER
);

-- One active conversation per customer, whatever races.
CREATE UNIQUE INDEX conversation_active ON conversation (customer_id) WHERE status <> 'CLOSED';
-- The queue in its order, and the count of who waits longer.
CREATE INDEX conversation_queue ON conversation (created_at, key) WHERE status = 'QUEUED';
-- An agent's conversations; how many it holds, and who holds any.
CREATE INDEX conversation_agent ON conversation (agent_id) WHERE agent_id IS NOT NULL;
CREATE INDEX conversation_held ON conversation (agent_id) WHERE status IN ('ASSIGNED', 'CONNECTED');
-- The newest accepts, from which waits are estimated.
CREATE INDEX conversation_accepted ON conversation (accepted_at) WHERE accepted_at IS NOT NULL;

CREATE TABLE conversation_event (
    -- Appended in the order of commits, so a page of the table is filled and left: small, cheap writes.
    position          INTEGER PRIMARY KEY,
    conversation      INTEGER NOT NULL REFERENCES conversation (key),
    sequence          INTEGER NOT NULL,
    -- MESSAGE, or what happened: QUEUED, ASSIGNED, CONNECTED, REQUEUED, CLOSED.
    kind              TEXT    NOT NULL,
    message_id        BLOB,
    participant_type  TEXT,
    participant_id    TEXT,
    participant_name  TEXT,
    -- The content of a message, or as JSON what the conversation stood at after the entry.
    body              TEXT    NOT NULL,
    metadata          TEXT,
    client_message_id TEXT,
    created_at        INTEGER NOT NULL
);

CREATE UNIQUE INDEX conversation_event_sequence ON conversation_event (conversation, sequence);
-- One entry per client message id of a sender, for as long as the conversation is kept.
CREATE UNIQUE INDEX conversation_event_client_message
    ON conversation_event (conversation, client_message_id, participant_type, participant_id)
    WHERE client_message_id IS NOT NULL;
