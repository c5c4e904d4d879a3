-- A conversation is an append-only log; `conversation` is its projection, `conversation_event` the log itself.
-- Times are milliseconds since 1970-01-01 UTC, as in every engine.

CREATE TABLE conversation (
    key             bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id              uuid    NOT NULL UNIQUE,
    status          text    NOT NULL CHECK (status IN ('QUEUED', 'ASSIGNED', 'CONNECTED', 'CLOSED')),
    channel         text    NOT NULL,
    customer_id     text    NOT NULL,
    customer_name   text,
    customer_phone  text,
    metadata        text,
    agent_id        text,
    agent_name      text,
    last_sequence   bigint  NOT NULL,
    closed_by       text,
    close_reason    text,
    created_at      bigint  NOT NULL,
    updated_at      bigint  NOT NULL,
    queued_at       bigint  NOT NULL,
    accepted_at     bigint,
    closed_at       bigint,
    -- What a visitor without an account reaches its conversation by.
    chain           uuid,
    start_key       text,
    -- How far each side has read: the sequence of an entry, 0 at first.
    customer_read   bigint  NOT NULL DEFAULT 0,
    agent_read      bigint  NOT NULL DEFAULT 0,
    -- Who has had a socket in it: whether the customer has, and which agent.
    customer_socket integer NOT NULL DEFAULT 0,
    agent_socket    text
) WITH (
    -- Each message changes the row. With room left in its page the new version goes beside the old one, and no index is written.
    fillfactor = 50,
    autovacuum_vacuum_scale_factor = 0.05
);

-- One active conversation per customer, whatever races.
CREATE UNIQUE INDEX conversation_active ON conversation (customer_id) WHERE status <> 'CLOSED';
-- The queue in the order of entering, and the count of who waits longer.
CREATE INDEX conversation_queue ON conversation (key) WHERE status = 'QUEUED';
-- An agent's conversations; how many it holds, and who holds any.
CREATE INDEX conversation_agent ON conversation (agent_id) WHERE agent_id IS NOT NULL;
CREATE INDEX conversation_held ON conversation (agent_id) WHERE status IN ('ASSIGNED', 'CONNECTED');
-- The newest accepts, from which waits are estimated.
CREATE INDEX conversation_accepted ON conversation (accepted_at) WHERE accepted_at IS NOT NULL;
-- A person's conversations, for export and erasure.
CREATE INDEX conversation_customer ON conversation (customer_id);
-- The oldest closed conversations, for retention.
CREATE INDEX conversation_closed ON conversation (closed_at) WHERE status = 'CLOSED';

CREATE TABLE conversation_event (
    -- No foreign key: an entry is written by the statement that moves its conversation on, and by no other.
    conversation      bigint NOT NULL,
    sequence          bigint NOT NULL,
    -- MESSAGE, or what happened: QUEUED, ASSIGNED, CONNECTED, REQUEUED, CUSTOMER_UPDATED, CLOSED.
    kind              text   NOT NULL,
    message_id        uuid,
    participant_type  text,
    participant_id    text,
    participant_name  text,
    -- The content of a message, or as JSON what the conversation stood at after the entry.
    body              text   NOT NULL,
    metadata          text,
    client_message_id text,
    created_at        bigint NOT NULL,
    PRIMARY KEY (conversation, sequence)
) WITH (
    -- It only grows: what there is to do is to freeze what is old and to keep the map of visible pages.
    autovacuum_vacuum_insert_scale_factor = 0.1
);

-- One entry per client message id of a sender, for as long as the conversation is kept.
CREATE UNIQUE INDEX conversation_event_client_message
    ON conversation_event (conversation, client_message_id, participant_type, participant_id)
    WHERE client_message_id IS NOT NULL;

-- What readers see has these names in every engine.
CREATE VIEW conversation_log AS SELECT * FROM conversation_event;
CREATE VIEW conversation_now AS SELECT * FROM conversation;

-- What a list shows of a conversation's log: how many of the customer's messages the agent has not read, and the newest message.
CREATE VIEW conversation_digest AS
    SELECT c.key, u.unread, m.*
    FROM conversation c
    CROSS JOIN LATERAL (
        SELECT count(*) AS unread FROM conversation_event e
        WHERE e.conversation = c.key AND e.sequence > c.agent_read AND e.kind = 'MESSAGE' AND e.participant_type = 'CUSTOMER') u
    LEFT JOIN LATERAL (
        SELECT e.* FROM conversation_event e WHERE e.conversation = c.key AND e.kind = 'MESSAGE' ORDER BY e.sequence DESC LIMIT 1) m ON true;

-- Keys that the servers of one database share, such as the one that seals what a client comes back with.
CREATE TABLE secret (
    name  text  PRIMARY KEY,
    value bytea NOT NULL
);

-- The keys that session tokens are signed and encrypted with, oldest first. A server that signs reads all of them.
CREATE TABLE protection_key (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name     text   NOT NULL UNIQUE,
    xml      text   NOT NULL
);
