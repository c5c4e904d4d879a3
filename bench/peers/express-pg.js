// The backend for many servers that a team would write instead: Express, socket.io with its Redis adapter, PostgreSQL. The same calls and
// events for the main job. A message is one statement and one commit; statements are prepared.
import { createServer } from "node:http";
import { randomUUID } from "node:crypto";
import express from "express";
import pg from "pg";
import { Redis } from "ioredis";
import { Server } from "socket.io";
import { createAdapter } from "@socket.io/redis-adapter";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 });
await pool.query(`
  SELECT pg_advisory_lock(1);
  CREATE TABLE IF NOT EXISTS peer_conversation (
    id uuid PRIMARY KEY, status text NOT NULL, customer_id text NOT NULL, customer_name text, agent_id text,
    last_sequence bigint NOT NULL, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL);
  CREATE UNIQUE INDEX IF NOT EXISTS peer_active ON peer_conversation (customer_id) WHERE status <> 'CLOSED';
  CREATE TABLE IF NOT EXISTS peer_message (
    conversation_id uuid NOT NULL REFERENCES peer_conversation (id), sequence bigint NOT NULL, id uuid NOT NULL, sender_type text NOT NULL,
    sender_id text, sender_name text, content text NOT NULL, metadata jsonb, client_message_id text, created_at timestamptz NOT NULL,
    PRIMARY KEY (conversation_id, sequence));
  CREATE UNIQUE INDEX IF NOT EXISTS peer_client_message ON peer_message (conversation_id, sender_type, client_message_id) WHERE client_message_id IS NOT NULL;
  SELECT pg_advisory_unlock(1);`);

const redis = new Redis(Number(process.env.REDIS_PORT), "127.0.0.1");
const app = express();
app.disable("x-powered-by");
app.use(express.json({ limit: "64kb" }));
const http = createServer(app);
const io = new Server(http, { adapter: createAdapter(redis, redis.duplicate()) });

const room = (id) => `conversation:${id}`;
const toConversation = (row) => ({
  id: row.id, status: row.status, channel: "web", customer: { id: row.customer_id, displayName: row.customer_name, phone: null },
  agent: row.agent_id ? { id: row.agent_id, displayName: null } : null, lastSequence: Number(row.last_sequence), createdAt: row.created_at,
});

app.post("/api/customer/sessions", async (request, response) => {
  const { fingerprint, displayName } = request.body;
  if (typeof fingerprint !== "string" || !fingerprint.trim())
    return response.status(400).json({ code: "validation", message: "fingerprint is required" });
  await pool.query({
    name: "start",
    text: `INSERT INTO peer_conversation (id, status, customer_id, customer_name, last_sequence, created_at, updated_at)
           VALUES ($1, 'QUEUED', $2, $3, 1, now(), now()) ON CONFLICT DO NOTHING`,
    values: [randomUUID(), fingerprint, displayName ?? null],
  });
  const { rows } = await pool.query({ name: "active", text: "SELECT * FROM peer_conversation WHERE customer_id = $1 AND status <> 'CLOSED'", values: [fingerprint] });
  response.json({ conversationId: rows[0].id, status: rows[0].status, conversation: toConversation(rows[0]) });
});

app.post("/api/agent/conversations/:id/accept", async (request, response) => {
  const { rows } = await pool.query({
    name: "accept",
    text: "UPDATE peer_conversation SET status = 'CONNECTED', agent_id = $2, updated_at = now() WHERE id = $1 AND status = 'QUEUED' RETURNING *",
    values: [request.params.id, request.body.agentId],
  });
  if (rows.length === 0)
    return response.status(409).json({ code: "conflict", message: "Conversation is no longer available to accept." });
  response.json(toConversation(rows[0]));
});

const send = (type) => async (request, response) => {
  const { id } = request.params;
  const { content, metadata, clientMessageId } = request.body;
  if (typeof content !== "string" || !content.trim() || content.length > 4000)
    return response.status(400).json({ code: "validation", message: "content is required" });
  const messageId = randomUUID();
  const { rows } = await pool.query({
    name: "send",
    text: `WITH moved AS (
             UPDATE peer_conversation SET last_sequence = last_sequence + 1, updated_at = now() WHERE id = $1 AND status <> 'CLOSED'
             RETURNING id, last_sequence, customer_id, customer_name, agent_id)
           INSERT INTO peer_message (conversation_id, sequence, id, sender_type, sender_id, sender_name, content, metadata, client_message_id, created_at)
           SELECT id, last_sequence, $2, $3, CASE $3 WHEN 'CUSTOMER' THEN customer_id ELSE agent_id END,
                  CASE $3 WHEN 'CUSTOMER' THEN customer_name END, $4, $5, $6, now() FROM moved
           RETURNING sequence, sender_id, sender_name, created_at`,
    values: [id, messageId, type, content, metadata ?? null, clientMessageId ?? null],
  });
  if (rows.length === 0)
    return response.status(410).json({ code: "gone", message: "The conversation is closed." });
  const [row] = rows;
  const message = {
    id: messageId, conversationId: id, sequence: Number(row.sequence), type: "TEXT",
    sender: { id: row.sender_id, type, displayName: row.sender_name },
    content, metadata: metadata ?? null, clientMessageId: clientMessageId ?? null, timestamp: row.created_at,
  };
  io.to(room(id)).emit("chat:message", { conversationId: id, message });
  response.status(201).json(message);
};
app.post("/api/customer/conversations/:id/messages", send("CUSTOMER"));
app.post("/api/agent/conversations/:id/messages", send("AGENT"));

io.on("connection", async (socket) => {
  const { conversationId } = socket.handshake.query;
  const { rows } = await pool.query({ name: "find", text: "SELECT * FROM peer_conversation WHERE id = $1", values: [conversationId] });
  socket.join(room(conversationId));
  socket.emit("system:event", { type: "SESSION_READY", conversationId, conversation: toConversation(rows[0]) });
});

http.listen(Number(process.env.PORT), "127.0.0.1");
