import { randomBytes, randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import type { ChatSocket, Connect } from '@customer-live-chat/sdk';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { connectSocket as official } from '../../sdk/src/socket';
import { connectSocket as own } from '../../widget/src/socket/socket';
import { Agent } from './agent';
import { GatewayProxy } from './gateway-proxy';
import { ScriptedGateway, type ScriptedConnection } from './scripted-gateway';
import { Server } from './server';

// The widget's own client of Socket.IO beside the official one: what the one does, the other does.

/** A browser throws nothing where nobody listens to a socket's errors. */
class BrowserSocket extends WebSocket {
  constructor(address: string | URL) {
    super(address);
    this.on('error', () => undefined);
  }
}

let server: Server;
let proxy: GatewayProxy;
let scripted: ScriptedGateway;
const sockets: ChatSocket[] = [];

beforeAll(async () => {
  server = await Server.start('Chat:Queue:MaxConcurrentByAgent=100', 'Chat:Presence:DisconnectGrace=00:00:00.3');
});
afterAll(() => server.stop());
beforeEach(async () => {
  // What a browser has and Node 20 has not.
  const page = new EventTarget();
  vi.stubGlobal('WebSocket', BrowserSocket);
  for (const name of ['addEventListener', 'removeEventListener', 'dispatchEvent'] as const) vi.stubGlobal(name, page[name].bind(page));
  proxy = await GatewayProxy.before(server.gateway);
  scripted = await ScriptedGateway.start();
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
  proxy.stop();
  scripted.stop();
  vi.unstubAllGlobals();
});

/** A client, and what it tells, one line for each. */
function connect(client: Connect, gateway: string, auth: Record<string, unknown> = {}): { socket: ChatSocket; told: string[] } {
  const told: string[] = [];
  const socket = client(gateway, {
    auth: async () => auth,
    connected: (recovered) => told.push(`connected, recovered ${recovered === true}`),
    disconnected: (kicked) => told.push(`disconnected, kicked ${kicked}`),
    refused: (message, data) => told.push(`refused, ${(data as { code: string }).code} ${message}`),
    event: (name, payload) => told.push(`${name} ${summary(payload)}`),
  });
  sockets.push(socket);
  return { socket, told };
}

function summary(payload: unknown): string {
  const { type, message, typing, conversationId } = payload as { type?: string; message?: { content: string }; typing?: boolean; conversationId?: string };
  return type ?? message?.content ?? (typing === undefined ? (conversationId ?? '') : String(typing));
}

/** A conversation that an agent has, and both sides' `auth`. */
async function conversation(): Promise<{ id: string; agent: Agent; ofCustomer: Record<string, unknown>; ofAgent: Record<string, unknown> }> {
  const fingerprint = randomBytes(8).toString('hex');
  await server.post('/api/customer/sessions', { fingerprint, displayName: fingerprint });
  const agent = new Agent(server, `agent-${fingerprint}`);
  const id = await agent.accept(fingerprint);
  return { id, agent, ofCustomer: { role: 'customer', conversationId: id, fingerprint }, ofAgent: { role: 'agent', conversationId: id, fingerprint: agent.id } };
}

/** A client that the scripted gateway has let in, and its connection there. */
async function letIn(client: Connect): Promise<{ socket: ChatSocket; told: string[]; one: ScriptedConnection }> {
  const first = scripted.next();
  const connected = connect(client, scripted.address);
  const one = await first;
  await one.welcome();
  await until(connected.told, 'connected, recovered false');
  return { ...connected, one };
}

const until = (told: readonly string[], line: string): Promise<unknown> => expect.poll(() => told, { timeout: 20_000 }).toContain(line);

describe.each([
  ['official', official],
  ['own', own],
])('%s client', (_name, client) => {
  describe.each([
    ['WebSocket', false],
    ['polling', true],
  ])('over %s', (_transport, blocked) => {
    beforeEach(() => {
      proxy.blocksWebSockets = blocked;
    });

    test('hears what is said, and is heard', async () => {
      const { id, agent, ofCustomer, ofAgent } = await conversation();
      const customer = connect(client, proxy.address, ofCustomer);
      const other = connect(client, proxy.address, ofAgent);
      await until(customer.told, 'system:event SESSION_READY');
      await until(other.told, 'system:event SESSION_READY');
      for (const text of ['one', 'zwei ü', '三 👩‍👧']) await agent.send(id, text);
      await until(customer.told, 'chat:message 三 👩‍👧');
      expect(customer.told.filter((line) => line.startsWith('chat:message'))).toEqual(['chat:message one', 'chat:message zwei ü', 'chat:message 三 👩‍👧']);
      customer.socket.emit('chat:typing', { typing: true });
      await until(other.told, 'chat:typing true');
      customer.socket.emit('chat:typing', { typing: false });
      await until(other.told, 'chat:typing false');
      expect(other.told.filter((line) => line.startsWith('chat:typing'))).toEqual(['chat:typing true', 'chat:typing false']);
    });

    test('one that is closed tells nothing any more, and the other side is told at once', async () => {
      const { ofCustomer, ofAgent } = await conversation();
      const customer = connect(client, proxy.address, ofCustomer);
      const other = connect(client, proxy.address, ofAgent);
      await until(customer.told, 'system:event SESSION_READY');
      await until(other.told, 'system:event SESSION_READY');
      const before = [...customer.told];
      customer.socket.close();
      await until(other.told, 'system:event PARTICIPANT_DISCONNECTED');
      expect(customer.told).toEqual(before);
      // Where it can be read on the wire: it took its leave.
      if (blocked) await expect.poll(() => proxy.said).toContain('\r\n\r\n41');
    });

    test('a connection that is cut comes back and goes on from the last event', async () => {
      const { id, agent, ofCustomer } = await conversation();
      const { told } = connect(client, proxy.address, ofCustomer);
      await until(told, 'system:event SESSION_READY');
      await agent.send(id, 'before');
      await until(told, 'chat:message before');
      proxy.isAway = true;
      proxy.cut();
      await until(told, 'disconnected, kicked false');
      await agent.send(id, 'meanwhile');
      proxy.isAway = false;
      await until(told, 'connected, recovered true');
      await until(told, 'chat:message meanwhile');
      await agent.send(id, 'after');
      await until(told, 'chat:message after');
      expect(told.filter((line) => line.startsWith('chat:message'))).toEqual(['chat:message before', 'chat:message meanwhile', 'chat:message after']);
    });

    test('a new connection at once, when it is asked for', async () => {
      const { ofCustomer } = await conversation();
      const { socket, told } = connect(client, proxy.address, ofCustomer);
      await until(told, 'system:event SESSION_READY');
      socket.reconnect();
      await expect.poll(() => told.filter((line) => line === 'system:event SESSION_READY').length, { timeout: 20_000 }).toBe(2);
      expect(told.filter((line) => line.startsWith('connected')).length).toBe(2);
      expect(told.filter((line) => line.startsWith('disconnected'))).toEqual([]);
    });

    test('who is not let in is told why, and does not try again', async () => {
      const { told } = connect(client, proxy.address, { role: 'customer', conversationId: randomUUID() });
      await expect.poll(() => told.length, { timeout: 20_000 }).toBe(1);
      expect(told[0]).toMatch(/^refused, (forbidden|not_found|unauthenticated) \w/);
    });
  });

  test('the server is asked to go on from the last event, in words', async () => {
    const first = scripted.next();
    const { told } = connect(client, scripted.address, { role: 'customer' });
    const one = await first;
    expect(await one.welcome('p1')).toEqual({ role: 'customer' });
    one.say('42["chat:message",{"message":{"content":"one"}},"7@x"]', '42["queue:snapshot",[]]');
    await until(told, 'queue:snapshot ');
    const second = scripted.next();
    one.end();
    const two = await second;
    expect(await two.welcome('p1')).toEqual({ role: 'customer', pid: 'p1', offset: '7@x' });
    await until(told, 'connected, recovered true');
    const third = scripted.next();
    two.end();
    expect(await (await third).welcome('p2')).toEqual({ role: 'customer', pid: 'p1', offset: '7@x' });
    await expect.poll(() => told.filter((line) => line === 'connected, recovered false').length).toBe(2);
  });

  test('whom the server sends away does not come back by itself', async () => {
    const { one, socket, told } = await letIn(client);
    one.say('41');
    await until(told, 'disconnected, kicked true');
    const again = scripted.next();
    socket.reconnect();
    await (await again).welcome();
    await expect.poll(() => told).toEqual(['connected, recovered false', 'disconnected, kicked true', 'connected, recovered false']);
    expect(scripted.connections).toBe(2);
  });

  test('a heartbeat is answered, and one that does not come ends the connection', async () => {
    const first = scripted.next();
    const { told } = connect(client, scripted.address);
    const one = await first;
    await one.welcome(undefined, 150, 150);
    one.say('2');
    expect(await one.hears()).toBe('3');
    await scripted.next();
    await one.ended;
    expect(told).toEqual(['connected, recovered false', 'disconnected, kicked false']);
  });

  test('who leaves says so, and leaves nothing open', async () => {
    const { one, socket, told } = await letIn(client);
    socket.close();
    expect(await one.hears()).toBe('41');
    await one.ended;
    expect(told).toEqual(['connected, recovered false']);
  });

  test('what is emitted while there is no connection is not sent later', async () => {
    const first = scripted.next();
    const { socket, told } = connect(client, scripted.address);
    socket.emit('chat:typing', { typing: true });
    const one = await first;
    await one.welcome();
    await until(told, 'connected, recovered false');
    socket.emit('chat:read', { sequence: 3 });
    expect(await one.hears()).toBe('42["chat:read",{"sequence":3}]');
  });
});

test.each(['4', '42{}"', '4[', '0', 'b4AAAA', '', '42{"a":1}', '1'])('a packet of no sense, %j, is not the end', async (packet) => {
  const { one, told } = await letIn(own);
  const after = scripted.next();
  after.catch(() => undefined);
  one.say(packet);
  one.say('42["chat:message",{"message":{"content":"after it"}}]');
  // It is passed over, or the connection is made anew: both are right.
  const two = await Promise.race([after, expect.poll(() => told).toContain('chat:message after it').then(() => undefined, () => undefined)]);
  await two?.welcome();
  if (two) await expect.poll(() => told.filter((line) => line === 'connected, recovered false').length).toBe(2);
});

test('a page that goes offline drops what goes nowhere, and tries again', async () => {
  const { told } = await letIn(own);
  const second = scripted.next();
  dispatchEvent(new Event('offline'));
  await until(told, 'disconnected, kicked false');
  await (await second).welcome();
  await expect.poll(() => told.filter((line) => line === 'connected, recovered false').length).toBe(2);
});

test('what is emitted before the server has let one in is not sent either', async () => {
  const first = scripted.next();
  const { socket, told } = connect(own, scripted.address);
  const one = await first;
  one.say('0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100000}');
  expect(await one.hears()).toBe('40{}');
  socket.emit('chat:typing', { typing: true });
  one.say('40{"sid":"s"}');
  await until(told, 'connected, recovered false');
  socket.emit('chat:read', { sequence: 3 });
  expect(await one.hears()).toBe('42["chat:read",{"sequence":3}]');
});
