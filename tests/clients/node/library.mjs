// What the library promises to every client, with an official one: a handshake with its data, events and acknowledgements in
// both directions with text and binary, a second namespace, and a leave that the server hears of. The server is the one of
// RealClients/ClientServer.cs.
//
//   node library.mjs <client major: 2|3|4> <parser: json|msgpack> <transport: websocket|polling|upgrade> <address>

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const [major, parser, transport, address] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const client = require(`socket.io-client-${major}`);
const io = client.io ?? client;

// 2.x knows no auth object: what it says to a namespace is a query of its own.
const isOld = major === '2';
const sizes = [0, 1, 126, 10_000, 65_536];
let step = 'connect';

// It does not keep the program alive: when all is done, nothing may be left that does.
setTimeout(() => fail(new Error('Not done in time')), 20_000).unref();
try {
  await main();
} catch (error) {
  fail(error);
}

async function main() {
  const socket = io(address, {
    query: { name: 'Jörg & 😀', role: 'visitor' },
    auth: { token: 'ключ', nested: { list: [1, null] } },
    transports: transport === 'upgrade' ? ['polling', 'websocket'] : [transport],
    parser: parser === 'msgpack' ? require('socket.io-msgpack-parser') : undefined,
    forceNew: true,
    reconnection: false,
  });
  for (const name of ['connect_error', 'error'])
    socket.on(name, error => fail(error));

  const upgraded = transport === 'upgrade' ? once(socket.io.engine, 'upgrade') : null;
  const welcome = await once(socket, 'welcome');
  assert.deepEqual(welcome, ['Jörg & 😀', 'visitor', isOld ? {} : { token: 'ключ', nested: { list: [1, null] } }]);

  // Where there is an upgrade, this is done while it happens and once more after it.
  await job(socket);
  if (upgraded) {
    step = 'upgrade';
    await upgraded;
    await job(socket);
  }
  assert.deepEqual(await ask(socket, 'transport'), [transport === 'polling' ? 'polling' : 'websocket']);

  step = 'second namespace';
  const custom = socket.io.socket('/custom', isOld ? { query: { token: 'ключ' } } : { auth: { token: 'ключ' } });
  assert.deepEqual((await once(custom, 'welcome')).at(-1), { token: 'ключ' });
  await job(custom);

  step = 'leave';
  custom.close();
  // What is answered after it proves that the server has read it.
  assert.deepEqual(await ask(socket, 'ack', 'still here'), ['still here']);
  socket.close();
}

async function job(socket) {
  step = `text in ${socket.nsp}`;
  const values = ['Grüße 😀 \u2028 €', { nested: [1, -2.5, null, true, { deep: [] }] }, 1_700_000_000_000, ''];
  assert.deepEqual(await echo(socket, ...values), values);
  assert.deepEqual(await echo(socket), []);

  for (const size of sizes) {
    step = `${size} bytes in ${socket.nsp}`;
    const bytes = pattern(size);
    assert.deepEqual(await echo(socket, 'before', { here: bytes }, 'äfter'), plain(['before', { here: bytes }, 'äfter']));
    assert.deepEqual(await ask(socket, 'ack', bytes, 'x'), plain([bytes, 'x']));
    assert.deepEqual(await ask(socket, 'ack', 'only text', 7), ['only text', 7]);
    assert.deepEqual(await asked(socket, bytes, 'y'), plain([bytes, 'y']));
  }

  step = `several binary values in ${socket.nsp}`;
  const several = [pattern(3), [pattern(0), { last: pattern(200) }]];
  assert.deepEqual(await echo(socket, ...several), plain(several));
}

// What the server emits back.
async function echo(socket, ...values) {
  const answer = once(socket, 'echo');
  socket.emit('echo', ...values);
  return answer;
}

// What the server acknowledges.
function ask(socket, event, ...values) {
  return new Promise(resolve => socket.emit(event, ...values, (...answer) => resolve(plain(answer))));
}

// What the server got as the acknowledgement of its own question.
async function asked(socket, ...values) {
  socket.once('question', (...parts) => {
    const answer = parts.pop();
    answer(...parts);
  });
  const answered = once(socket, 'answered');
  socket.emit('ask', ...values);
  return answered;
}

function once(emitter, event) {
  return new Promise(resolve => emitter.once(event, (...values) => resolve(plain(values))));
}

function pattern(size) {
  return Buffer.from(Array.from({ length: size }, (_, i) => (i * 7 + size) & 0xff));
}

// Clients give binary as Buffer, ArrayBuffer or a view, by version and transport: it is its bytes that are compared.
function plain(value) {
  if (value instanceof ArrayBuffer)
    return { bytes: Buffer.from(value).toString('hex') };
  if (ArrayBuffer.isView(value))
    return { bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex') };
  if (Array.isArray(value))
    return value.map(plain);
  if (value && Object.getPrototypeOf(value) === Object.prototype)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  return value;
}

function fail(error) {
  console.error(`At "${step}":`, error);
  process.exit(1);
}
