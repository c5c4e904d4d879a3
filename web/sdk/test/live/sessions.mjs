// Visitors without an account on a server that authenticates: session tokens that are over while the chat goes on.
import assert from 'node:assert/strict';
import { AgentChat, CustomerChat } from '@customer-live-chat/sdk';
import { createHash, createHmac } from 'node:crypto';
import { Server } from './server.mjs';

const until = async (what, is, seconds = 20) => {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    if (is()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`Waited in vain: ${what}`);
};
const memory = () => {
  const kept = new Map();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key) };
};
const secret = 'a secret of the website, long enough to be one';
const hash = (key) => `sha256:${createHash('sha256').update(key).digest('hex')}`;
const server = new Server([
  '--Chat:Security:Authentication=ApiKey',
  '--Chat:Security:ApiKeys:0:Name=desk',
  `--Chat:Security:ApiKeys:0:Hash=${hash('the desk’s key, 0123456789abcdef')}`,
  '--Chat:Security:ApiKeys:0:Roles:0=agent',
  '--Chat:Security:SessionToken:Lifetime=00:00:02',
  `--Chat:Security:Identity:Secrets:0=${secret}`,
]);
await server.start();
const where = { rest: server.rest, gateway: server.gateway };
const chats = [];
const open = (chat) => (chats.push(chat), chat);
try {
  const customer = open(new CustomerChat({ ...where, storage: memory() }));
  await customer.start({ displayName: 'Jane' });
  await until('online', () => customer.state.connection === 'online');
  let isOver = false;
  customer.subscribe(() => (isOver ||= customer.state.connection === 'offline'));
  await until('its token is over', () => isOver);
  customer.send('after the token was over');
  await until('sent', () => customer.state.messages.at(-1)?.delivery === 'sent');
  await until('online again', () => customer.state.connection === 'online');
  assert.equal(customer.state.error, undefined);
  assert.equal(customer.state.messages.length, 1);
  console.log('a session token that was over was renewed, for calls and for the socket');

  const identified = { ...where, fingerprint: 'user-42', identityHash: createHmac('sha256', secret).update('user-42').digest('hex') };
  const first = open(new CustomerChat({ ...identified, storage: memory() }));
  const { id } = await first.start({ displayName: 'Omar' });
  const second = open(new CustomerChat({ ...identified, storage: memory() }));
  assert.equal((await second.start()).id, id);
  const guessed = open(new CustomerChat({ ...where, fingerprint: 'user-42', storage: memory() }));
  await assert.rejects(guessed.start(), { code: 'forbidden' });
  const wrong = open(new CustomerChat({ ...identified, identityHash: 'f'.repeat(64), storage: memory() }));
  await assert.rejects(wrong.start(), { code: 'unauthenticated' });
  console.log('the website’s word opens a visitor’s chat on any device, and nothing else does');

  const stranger = open(new AgentChat({ ...where, agentId: 'agent-1', token: 'no key at all' }));
  await assert.rejects(stranger.start(), { code: 'unauthenticated' });
  assert.equal(stranger.state.error.code, 'unauthenticated');
} finally {
  for (const chat of chats) chat.stop();
  await server.end();
}
