// An official client whose connection the server closes right after an event, again and again, and which is recovered each time:
// it is given every event once. The server is the one of RealClients/ClosingTests.cs.
//
//   node closing.mjs <transport: websocket|polling> <address>

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const [transport, address] = process.argv.slice(2);
const { io } = createRequire(import.meta.url)('socket.io-client-4');
const rounds = 8;
const seen = [];

setTimeout(() => fail(new Error(`Not done in time: ${seen}`)), 20_000).unref();
const socket = io(address, { transports: [transport], reconnectionDelay: 1, reconnectionDelayMax: 5 });
socket.on('connect_error', fail);
socket.on('event', number => seen.push(number));
socket.on('ready', async () => {
  try {
    // What is played twice comes with the connect, before the server says that it is ready.
    assert.deepEqual(seen, Array.from({ length: seen.length }, (_, i) => i + 1));
    if (seen.length < rounds)
      socket.emit('go');
    else
      socket.disconnect();
  } catch (error) {
    fail(error);
  }
});

function fail(error) {
  console.error(error);
  process.exit(1);
}
