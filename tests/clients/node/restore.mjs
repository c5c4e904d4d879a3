// The official client over a restore: the store that it comes back to has the same conversation, with other entries where its own were. It
// must not be taken for one that has seen them: it begins anew, and ends with what the restored log says.
//
//   node restore.mjs <gateway address> <conversation id> <the last content before> <the last content after>

import assert from 'node:assert/strict';
import { io } from 'socket.io-client-4';

const [gateway, conversationId, before, after] = process.argv.slice(2);
const query = { role: 'customer', conversationId, after: 0 };
const socket = io(gateway, { query, forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 200, timeout: 2000 });
const overall = setTimeout(() => fail(new Error(`It did not end in time: ${JSON.stringify(log)}`)), 60_000);
let log = [];
let connects = 0;

// What a frontend does: one that is not recovered starts from the beginning, which its first connect asks for.
socket.on('connect', () => {
  if (++connects > 1 && socket.recovered)
    fail(new Error('It was recovered into another log.'));
  log = [];
});
socket.on('connect_error', error => {
  if (error.data)
    fail(error);
});
socket.on('system:event', event => event.type === 'SESSION_READY' || log.push(event.sequence));
socket.on('chat:message', ({ message }) => {
  log.push(message.sequence);
  if (message.content === before && connects === 1)
    socket.emit('chat:send', { content: 'seen' });
  if (message.content === after)
    end();
});

function end() {
  try {
    assert.equal(connects, 2);
    assert.deepEqual(log, Array.from({ length: log.length }, (_, i) => i + 1));
    clearTimeout(overall);
    console.log('ok: begun anew');
    process.exit(0);
  } catch (error) {
    fail(error);
  }
}

function fail(error) {
  console.error(error);
  process.exit(1);
}
