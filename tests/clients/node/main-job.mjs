// The main job as a web team would write it, with an official client: a visitor and an agent meet in the queue, talk over REST
// and over the socket, and close. Every event of every socket must come in order, without a gap and without a repeat.
//
//   node main-job.mjs <client major: 2|3|4> <transport: websocket|polling|upgrade> <REST address> <gateway address>

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const [major, transport, rest, gateway] = process.argv.slice(2);
const client = createRequire(import.meta.url)(`socket.io-client-${major}`);
const io = client.io ?? client;
const transports = transport === 'upgrade' ? ['polling', 'websocket'] : [transport];
const limit = 20_000;

// 2.x knows no auth object, and hears of a refusal as 'error' with the data alone.
const isOld = major === '2';

const overall = setTimeout(() => fail(new Error('The main job did not end in time.')), 60_000);
try {
  await mainJob();
  clearTimeout(overall);
  console.log(`ok: socket.io-client ${major} over ${transport}`);
  process.exit(0);
} catch (error) {
  fail(error);
}

async function mainJob() {
  const fingerprint = `visitor-${major}-${transport}-${process.pid}`;
  const agentId = `agent-${major}-${transport}-${process.pid}`;

  const queue = connect({ role: 'agent', scope: 'queue', fingerprint: agentId });
  await queue.first('queue:snapshot', () => true);

  const session = await call('POST', '/api/customer/sessions', { fingerprint, displayName: 'Jane Doe', contact: '0123456789' });
  assert.equal(session.status, 'QUEUED');
  const conversationId = session.conversationId;
  await queue.first('queue:snapshot', entries => entries.some(e => e.conversationId === conversationId));

  const customer = connect({ role: 'customer', fingerprint, conversationId });
  const ready = await customer.first('system:event', e => e.type === 'SESSION_READY');
  assert.equal(ready.status, 'QUEUED');
  assert.equal(ready.sequence, 1);
  assert.equal(ready.queue.position, ready.conversation.queue.position);

  // A visitor may write while waiting.
  await call('POST', `/api/customer/conversations/${conversationId}/messages`, { content: 'Hello! Ünïcödé 😀', metadata: { source: 'web' } });
  await customer.first('chat:message', e => e.message.content === 'Hello! Ünïcödé 😀');

  const accepted = await call('POST', `/api/agent/conversations/${conversationId}/accept`, { agentId, displayName: 'Ashik' });
  assert.equal(accepted.status, 'ASSIGNED');
  await customer.first('system:event', e => e.type === 'CONVERSATION_ASSIGNED' && e.participant.displayName === 'Ashik');
  await queue.first('queue:snapshot', entries => !entries.some(e => e.conversationId === conversationId));

  // The agent joins from the beginning, so the waiting visitor's words are there.
  const agent = connect({ role: 'agent', conversationId, fingerprint: agentId, after: 0 });
  await agent.first('system:event', e => e.type === 'SESSION_READY');
  await agent.first('chat:message', e => e.message.content === 'Hello! Ünïcödé 😀');
  await customer.first('system:event', e => e.type === 'CONVERSATION_CONNECTED');

  await call('POST', `/api/agent/conversations/${conversationId}/messages`, { content: 'How can I help?' });
  await customer.first('chat:message', e => e.message.content === 'How can I help?' && e.message.sender.type === 'AGENT');
  await agent.first('chat:message', e => e.message.content === 'How can I help?');

  // Two-way: the reserved events, acknowledged, and the same send twice is one message.
  const sent = await customer.ask('chat:send', { content: 'over the socket', clientMessageId: 'c-1' });
  const again = await customer.ask('chat:send', { content: 'over the socket', clientMessageId: 'c-1' });
  assert.equal(sent.message.id, again.message.id);
  await agent.first('chat:message', e => e.message.id === sent.message.id);
  const answered = await agent.ask('chat:send', { content: 'and back' });
  await customer.first('chat:message', e => e.message.id === answered.message.id);
  const refused = await customer.ask('chat:send', { content: '' });
  assert.equal(refused.error.code, 'validation');
  assert.equal((await customer.ask('no:such:event', {})).error.code, 'unknown_event');

  // A burst from both sides reaches both in one order.
  await Promise.all(Array.from({ length: 30 }, (_, i) => i % 2
    ? call('POST', `/api/customer/conversations/${conversationId}/messages`, { content: `burst ${i}` })
    : agent.ask('chat:send', { content: `burst ${i}` })));

  const closed = await agent.ask('conversation:close', { reason: 'resolved' });
  assert.equal(closed.conversation.status, 'CLOSED');
  for (const socket of [customer, agent]) {
    const end = await socket.first('system:event', e => e.type === 'CONVERSATION_CLOSED');
    assert.equal(end.status, 'CLOSED');
    assert.equal(end.reason, 'resolved');
    assert.equal(end.sequence, closed.conversation.lastSequence);
  }
  assert.deepEqual(customer.sequences(), range(2, closed.conversation.lastSequence));
  assert.deepEqual(agent.sequences(), range(1, closed.conversation.lastSequence));

  // A client that comes back asks for what it missed.
  const resumed = connect({ role: 'customer', conversationId, after: 4 });
  await resumed.first('system:event', e => e.type === 'CONVERSATION_CLOSED');
  assert.deepEqual(resumed.sequences(), range(5, closed.conversation.lastSequence));

  // Parameters in the auth object, and a handshake that cannot be honoured.
  const error = await refusal({ role: 'customer', scope: 'queue', fingerprint });
  assert.equal(error.data.code, 'forbidden');
  const unknown = await refusal({ role: 'customer', conversationId: '0b9d7b6e-3f8e-4a57-9d5c-3f6f0d1f2a11' });
  assert.equal(unknown.data.code, 'not_found');

  for (const socket of [queue, customer, agent, resumed])
    socket.close();
}

function connect(parameters) {
  const socket = io(gateway, { query: parameters, transports, forceNew: true, reconnection: false });
  const events = [];
  const waiting = new Set();
  for (const name of ['chat:message', 'system:event', 'system:error', 'queue:snapshot']) {
    socket.on(name, payload => {
      events.push({ name, payload });
      for (const check of waiting)
        check();
    });
  }
  socket.on(isOld ? 'error' : 'connect_error', error => fail(error));

  return {
    // The first such event since the socket was opened, waiting for it if it has not come yet.
    first: (name, matches) => new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`No ${name} as expected; got ${JSON.stringify(events.slice(-5))}`)), limit);
      const check = () => {
        const found = events.find(e => e.name === name && matches(e.payload));
        if (!found)
          return;
        clearTimeout(timer);
        waiting.delete(check);
        resolve(found.payload);
      };
      waiting.add(check);
      check();
    }),
    ask: (name, payload) => new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`No acknowledgement of ${name}`)), limit);
      socket.emit(name, payload, answer => {
        clearTimeout(timer);
        resolve(answer);
      });
    }),
    sequences: () => events
      .map(e => e.name === 'chat:message' ? e.payload.message.sequence : e.payload.type === 'SESSION_READY' ? null : e.payload.sequence)
      .filter(sequence => typeof sequence === 'number'),
    close: () => socket.close(),
  };
}

function refusal(auth) {
  return new Promise((resolve, reject) => {
    const socket = io(gateway, { [isOld ? 'query' : 'auth']: auth, transports, forceNew: true, reconnection: false });
    const timer = setTimeout(() => reject(new Error('Neither connected nor refused')), limit);
    const end = then => value => {
      clearTimeout(timer);
      socket.close();
      then(value);
    };
    socket.on(isOld ? 'error' : 'connect_error', end(error => resolve(isOld ? { data: error } : error)));
    socket.on('connect', end(() => reject(new Error('Should have been refused'))));
  });
}

async function call(method, path, body) {
  const response = await fetch(rest + path, {
    method,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

function range(first, last) {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function fail(error) {
  console.error(error);
  process.exit(1);
}
