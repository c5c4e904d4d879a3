-- Who has had a socket in a conversation, for the server that starts after this one: whether the customer has, and which agent.
ALTER TABLE conversation ADD COLUMN customer_socket INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN agent_socket TEXT;
