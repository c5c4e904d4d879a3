// Connection state recovery with the official client, which does all of it by itself: its connection is cut in the middle of a
// burst, again and again, and in the end every socket has seen every entry exactly once and in order.
//
//   node recovery.mjs <transport: websocket|polling|upgrade> <REST address> <gateway address> [bad-network]
//
// On a bad network it cuts nothing itself, and its connections need not be found dead by it alone.

import assert from 'node:assert/strict';
import { io } from 'socket.io-client-4';

const [transport, rest, gateway, mode] = process.argv.slice(2);
const badNetwork = mode === 'bad-network';
const transports = transport === 'upgrade' ? ['polling', 'websocket'] : [transport];
const CUTS = 5;
const PER_ROUND = 20;

const overall = setTimeout(() => fail(new Error('The recovery did not end in time.')), 60_000);
try {
  await recover();
  clearTimeout(overall);
  console.log(`ok: recovery over ${transport}`);
  process.exit(0);
} catch (error) {
  fail(error);
}

async function recover() {
  const { conversationId } = await post('/api/customer/sessions', { fingerprint: `recovery-${process.pid}` });
  await post(`/api/agent/conversations/${conversationId}/accept`, { agentId: `agent-${process.pid}` });
  const sockets = [
    follow({ role: 'customer', conversationId }),
    follow({ role: 'agent', fingerprint: `agent-${process.pid}`, conversationId, after: 0 }),
  ];
  await Promise.all(sockets.map(socket => socket.until(() => socket.ready)));

  let last;
  for (let round = 0; round < CUTS; round++) {
    for (let i = 0; i < PER_ROUND; i++) {
      last = await post(`/api/customer/conversations/${conversationId}/messages`, { content: `${round}.${i}` });
      if (i === PER_ROUND / 2 && !badNetwork)
        sockets.forEach(socket => socket.cut());
    }
    await Promise.all(sockets.map(socket => socket.until(() => socket.sequences.at(-1) === last.sequence)));
  }

  for (const socket of sockets) {
    if (!badNetwork)
      assert.equal(socket.connects, CUTS + 1);
    assert.equal(socket.recoveries, socket.connects - 1);
    const first = socket.sequences[0];
    assert.deepEqual(socket.sequences, Array.from({ length: last.sequence - first + 1 }, (_, i) => first + i));
    socket.close();
  }
  assert.equal(sockets[1].sequences[0], 1);
}

function follow(query) {
  // The client takes no notice of a WebSocket that closes between its 101 and the first packet, until this timeout, which is 20 s
  // unless it is told otherwise.
  const socket = io(gateway, { query, transports, forceNew: true, reconnectionDelay: 10, reconnectionDelayMax: 50, timeout: 2000 });
  const waiting = new Set();
  const follower = {
    ready: false,
    connects: 0,
    recoveries: 0,
    sequences: [],
    // As when the network goes: the library notices and connects again.
    cut: () => socket.io.engine.close(),
    close: () => socket.close(),
    until: condition => new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`Got as far as ${JSON.stringify(follower)}`)), 20_000);
      const check = () => {
        if (!condition())
          return;
        clearTimeout(timer);
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    }),
  };
  const note = sequence => {
    if (typeof sequence === 'number')
      follower.sequences.push(sequence);
  };
  socket.on('connect', () => {
    follower.connects++;
    if (socket.recovered)
      follower.recoveries++;
  });
  socket.on('connect_error', error => {
    // A refusal has data; a connection that could not be made is tried again.
    if (error.data || !badNetwork)
      fail(error);
  });
  socket.on('chat:message', ({ message }) => note(message.sequence));
  socket.on('system:event', event => event.type === 'SESSION_READY' ? follower.ready = true : note(event.sequence));
  // The catch-all listeners come before the others.
  socket.onAny(() => queueMicrotask(() => waiting.forEach(check => check())));
  return follower;
}

async function post(path, body) {
  const response = await fetch(rest + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  assert.ok(response.ok, `${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

function fail(error) {
  console.error(error);
  process.exit(1);
}
