// The backend that a team would write instead: Express, socket.io and Redis, the same calls and events for the main job. Redis keeps
// what it is told with appendfsync everysec, so up to a second of messages is lost when it dies.
import { createServer } from "node:http";
import { randomUUID } from "node:crypto";
import express from "express";
import { Redis } from "ioredis";
import { Server } from "socket.io";

const redis = new Redis(Number(process.env.REDIS_PORT), "127.0.0.1");
const app = express();
app.disable("x-powered-by");
app.use(express.json({ limit: "64kb" }));
const http = createServer(app);
const io = new Server(http);

const room = (id) => `conversation:${id}`;
const toConversation = (id, fields) => ({
  id, status: fields.status, channel: "web",
  customer: { id: fields.customer, displayName: fields.customerName || null, phone: null },
  agent: fields.agent ? { id: fields.agent, displayName: null } : null,
  lastSequence: Number(fields.sequence), createdAt: fields.createdAt,
});

app.post("/api/customer/sessions", async (request, response) => {
  const { fingerprint, displayName } = request.body;
  if (typeof fingerprint !== "string" || !fingerprint.trim())
    return response.status(400).json({ code: "validation", message: "fingerprint is required" });
  let id = await redis.get(`visitor:${fingerprint}`);
  if (!id) {
    id = randomUUID();
    await redis.multi()
      .hset(room(id), { status: "QUEUED", customer: fingerprint, customerName: displayName ?? "", sequence: 1, createdAt: new Date().toISOString() })
      .set(`visitor:${fingerprint}`, id)
      .rpush("queue", id)
      .exec();
  }
  const conversation = toConversation(id, await redis.hgetall(room(id)));
  response.json({ conversationId: id, status: conversation.status, conversation });
});

app.post("/api/agent/conversations/:id/accept", async (request, response) => {
  const { id } = request.params;
  if (!(await redis.lrem("queue", 1, id)))
    return response.status(409).json({ code: "conflict", message: "Conversation is no longer available to accept." });
  await redis.hset(room(id), { status: "CONNECTED", agent: request.body.agentId });
  response.json(toConversation(id, await redis.hgetall(room(id))));
});

const send = (type) => async (request, response) => {
  const { id } = request.params;
  const { content, metadata, clientMessageId } = request.body;
  if (typeof content !== "string" || !content.trim() || content.length > 4000)
    return response.status(400).json({ code: "validation", message: "content is required" });
  const [status, customer, customerName, agent] = await redis.hmget(room(id), "status", "customer", "customerName", "agent");
  if (!status)
    return response.status(404).json({ code: "not_found", message: "No such conversation." });
  if (status === "CLOSED")
    return response.status(410).json({ code: "gone", message: "The conversation is closed." });
  const sequence = await redis.hincrby(room(id), "sequence", 1);
  const message = {
    id: randomUUID(), conversationId: id, sequence, type: "TEXT",
    sender: { id: type === "CUSTOMER" ? customer : agent, type, displayName: type === "CUSTOMER" ? customerName || null : null },
    content, metadata: metadata ?? null, clientMessageId: clientMessageId ?? null, timestamp: new Date().toISOString(),
  };
  await redis.rpush(`messages:${id}`, JSON.stringify(message));
  io.to(room(id)).emit("chat:message", { conversationId: id, message });
  response.status(201).json(message);
};
app.post("/api/customer/conversations/:id/messages", send("CUSTOMER"));
app.post("/api/agent/conversations/:id/messages", send("AGENT"));

io.on("connection", async (socket) => {
  const { conversationId } = socket.handshake.query;
  const fields = await redis.hgetall(room(conversationId));
  socket.join(room(conversationId));
  socket.emit("system:event", { type: "SESSION_READY", conversationId, conversation: toConversation(conversationId, fields) });
});

http.listen(Number(process.env.PORT), "127.0.0.1");
