-- A person's conversations, for export and erasure.
CREATE INDEX conversation_customer ON conversation (customer_id);
-- The oldest closed conversations, for retention.
CREATE INDEX conversation_closed ON conversation (closed_at) WHERE status = 'CLOSED';
