// The whole main job against a real server, by Node's own build of the package: npm run build, then npm run test:live.
import assert from 'node:assert/strict';
import { AgentChat, CustomerChat } from '@customer-live-chat/sdk';
import { Server } from './server.mjs';

const until = async (what, is, seconds = 20) => {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    const value = await is();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`Waited in vain: ${what}`);
};

const memory = () => {
  const kept = new Map();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key) };
};
const texts = (state) => state.messages.map((one) => one.content);
const allSent = (state) => state.messages.every((one) => one.delivery === 'sent');
const step = (text) => console.log(`${new Date().toISOString().slice(11, 23)} ${text}`);

const server = new Server(['--Chat:Presence:DisconnectGrace=00:00:01', '--Chat:Security:RateLimit:PermitLimit=0']);
await server.start();
step(`server at ${server.rest} and ${server.gateway}`);
const where = () => ({ rest: server.rest, gateway: server.gateway });
const storage = memory();
let customer = new CustomerChat({ ...where(), storage });
const agent = new AgentChat({ ...where(), storage: memory(), agentId: 'agent-1', displayName: 'Ashik' });
try {
  assert.throws(() => customer.send('too early'), { code: 'not_started' });
  assert.equal(await customer.resume(), false);
  await agent.start();
  await until('agent online', () => agent.state.connection === 'online');

  await customer.start({ displayName: 'Jane Doe', contact: '0123456789', metadata: { order: 'A-17' } });
  customer.send('while I wait');
  await until('queue place', () => customer.state.queue?.position === 1 && customer.state.connection === 'online');
  await until('sent', () => allSent(customer.state));
  step('customer waits');

  const entry = await until('queue entry', () => agent.state.queue[0]);
  assert.equal(entry.customerName, 'Jane Doe');
  const chat = await agent.accept(entry.conversationId);
  await until('connected', () => customer.state.status === 'CONNECTED' && chat.state.status === 'CONNECTED');
  await until('the agent reads what was written before', () => texts(chat.state).includes('while I wait'));
  assert.equal(chat.state.unread, 1);
  assert.deepEqual(agent.state.conversations, [chat]);
  await until('queue empty', () => agent.state.queue.length === 0 && agent.state.queueSize === 0);
  step('accepted');

  chat.typing('H');
  await until('typing', () => customer.state.agentTyping);
  chat.send('How can I help?', { metadata: { channel: 'desk' } });
  await until('answered', () => texts(customer.state).at(-1) === 'How can I help?' && !customer.state.agentTyping);
  customer.read(customer.state.messages.at(-1).sequence);
  chat.read(chat.state.messages.at(-1).sequence);
  await until('read', () => chat.state.readByCustomer > 0 && customer.state.readByAgent > 0 && chat.state.unread === 0);
  step('answered, typed and read');

  // The server dies in the middle of sends, on both sides, and comes back on the same ports.
  for (let n = 0; n < 40; n++) {
    customer.send(`c${n}`);
    chat.send(`a${n}`);
    if (n === 20) await new Promise((resolve) => setTimeout(resolve, 30));
  }
  await server.kill();
  step(`killed with ${customer.state.messages.filter((one) => one.delivery === 'sending').length} unsent`);
  for (let n = 40; n < 60; n++) {
    customer.send(`c${n}`);
    chat.send(`a${n}`);
  }
  await until('offline', () => customer.state.connection === 'offline' && agent.state.connection === 'offline');
  // And the visitor's page is loaded again meanwhile.
  customer.stop();
  customer = new CustomerChat({ ...where(), storage });
  const resumed = customer.resume();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await server.start();
  step('started again');
  assert.equal(await resumed, true);
  await until('all sent', () => allSent(customer.state) && allSent(chat.state) && customer.state.connection === 'online' && agent.state.connection === 'online', 60);
  await until('the same log', () => texts(customer.state).length === 122 && texts(chat.state).length === 122);
  assert.deepEqual(texts(customer.state), texts(chat.state));
  for (const side of ['c', 'a']) {
    assert.deepEqual(texts(customer.state).filter((text) => new RegExp(`^${side}\\d+$`).test(text)), Array.from({ length: 60 }, (_, n) => `${side}${n}`));
  }
  const sequences = chat.state.entries.map((one) => one.sequence);
  assert.deepEqual(sequences, sequences.map((_, index) => sequences[0] + index));
  step('120 messages, each once and in order, after kill -9 and a reload');

  customer.stop();
  await until('away', () => chat.state.customerAway);
  assert.equal(await customer.resume(), true);
  await until('back', () => !chat.state.customerAway && customer.state.connection === 'online');

  await chat.close('resolved');
  await until('closed', () => customer.state.status === 'CLOSED');
  assert.deepEqual(customer.state.closed, { by: 'AGENT', reason: 'resolved' });
  assert.throws(() => customer.send('too late'), { code: 'gone' });
  assert.throws(() => chat.send('too late'), { code: 'gone' });
  assert.equal(chat.state.entries.at(-1).event.type, 'CONVERSATION_CLOSED');
  chat.dismiss();
  assert.deepEqual(agent.state.conversations, []);
  step('closed');

  const before = customer.state.conversation.id;
  const again = await customer.start();
  assert.notEqual(again.id, before);
  assert.equal(customer.state.messages.length, 0);
  await customer.close('never mind');
  await until('closed by the customer', () => customer.state.closed?.by === 'CUSTOMER');
  customer.reset();
  assert.equal(storage.getItem(`customer-live-chat:1:${server.rest}`), null);
  step('done');
} catch (error) {
  console.log(JSON.stringify({ customer: { ...customer.state, entries: undefined, messages: customer.state.messages.slice(-3) }, agent: { ...agent.state, conversations: agent.state.conversations.map((one) => ({ ...one.state, entries: undefined, messages: one.state.messages.slice(-3) })) } }, null, 1).slice(0, 5000));
  throw error;
} finally {
  customer.stop();
  agent.stop();
  await server.end();
}
