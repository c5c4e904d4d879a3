import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AgentChat } from '../src/agent.js';
import { ChatError } from '../src/error.js';
import type { AgentOptions, ChatStorage } from '../src/types.js';
import type { Conversation, QueueEntry } from '../src/wire.js';
import { AT, FakeServer, GATEWAY, REST, World, conversation, memoryStorage, message, pass, settle, systemEvent, type Answer, type Request } from './fakes.js';

beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2025-11-13T11:36:03Z') }));
afterEach(() => void vi.useRealTimers());

const customer = { id: 'visitor', type: 'CUSTOMER' as const, displayName: 'Jane' };
const queueEntry = (conversationId: string, position = 1): QueueEntry => ({
  conversationId,
  customerId: 'visitor',
  customerName: 'Jane',
  customerPhone: null,
  channel: 'web',
  enqueuedAt: AT,
  position,
});

const kept = (storage: ChatStorage): { outbox?: object; read?: object } =>
  JSON.parse(storage.getItem(`customer-live-chat:1:${REST}:agent:agent-1`) ?? '{}') as { outbox?: object; read?: object };

/** Several conversations behind one address. */
class Desk {
  readonly servers: FakeServer[] = [];
  queue: QueueEntry[] = [];
  queueSize: number | undefined;
  fault: (request: Request) => Answer | undefined = () => undefined;
  readonly world = new World('desk');
  readonly chat: AgentChat;

  constructor(storage: ChatStorage = memoryStorage(), options: Partial<AgentOptions> = {}) {
    this.chat = new AgentChat({ rest: REST, gateway: GATEWAY, agentId: 'agent-1', displayName: 'Ashik', storage, ...options }, this.world.environment);
  }

  hold(...ids: string[]): FakeServer[] {
    const added = ids.map((id) => new FakeServer(id));
    for (const server of added) server.serve(this.world);
    this.servers.push(...added);
    this.world.answer = (request) => this.fault(request) ?? this.#answer(request);
    return added;
  }

  async start(): Promise<void> {
    if (!this.servers.length) this.hold();
    this.world.answer = (request) => this.fault(request) ?? this.#answer(request);
    await this.chat.start();
    await this.connect();
  }

  async connect(): Promise<Record<string, unknown>> {
    const auth = await this.world.socket.accept();
    this.world.socket.say('queue:snapshot', this.queue);
    for (const server of this.servers.filter((one) => one.status !== 'CLOSED')) this.world.socket.say('system:event', server.ready());
    await settle();
    return auth;
  }

  get ids(): string[] {
    return this.chat.state.conversations.map((one) => one.id);
  }

  async #answer(request: Request): Promise<Answer> {
    if (request.path === '/api/agent/sessions') {
      const active = this.servers.filter((one) => one.status === 'ASSIGNED' || one.status === 'CONNECTED');
      const conversations = active.map((one) => {
        const last = one.log.filter((item) => item.event === 'chat:message').at(-1);
        return { ...one.conversation, unread: one.log.length, lastMessage: last?.event === 'chat:message' ? last.payload.message : null };
      });
      return {
        body: { agent: { id: 'agent-1', displayName: 'Ashik' }, maxConcurrent: 3, conversations, queue: this.queue, queueSize: this.queueSize ?? this.queue.length },
      };
    }
    const server = this.servers.find((one) => request.path.startsWith(`/api/agent/conversations/${one.id}`));
    if (!server) return { status: 404, body: { code: 'not_found', message: '' } };
    if (request.path.endsWith('/accept')) {
      server.happen('CONVERSATION_ASSIGNED', 'ASSIGNED');
      return { body: server.conversation };
    }
    const world = new World();
    server.serve(world);
    server.worlds.pop();
    return world.answer(request);
  }
}

describe('signing in', () => {
  it('shows the queue and the conversations that the agent holds', async () => {
    const desk = new Desk();
    const [one] = desk.hold('a', 'b') as [FakeServer, FakeServer];
    one.write({ sender: customer });
    desk.queue = [queueEntry('q')];
    await desk.start();
    expect(desk.chat.state).toMatchObject({ connection: 'online', agent: { id: 'agent-1', displayName: 'Ashik' }, maxConcurrent: 3, queueSize: 1 });
    expect(desk.chat.state.queue).toEqual([queueEntry('q')]);
    expect(desk.ids).toEqual(['a', 'b']);
    expect(desk.chat.state.conversations[0]?.state).toMatchObject({ status: 'CONNECTED', unread: 1, lastMessage: { content: 'text 1' } });
    expect(Object.isFrozen(desk.chat.state)).toBe(true);
    desk.chat.stop();
    expect(vi.getTimerCount()).toBe(0);
    expect(desk.world.listeners).toBe(0);
    expect(desk.chat.state).toMatchObject({ connection: 'idle', agent: null, conversations: [] });
  });

  it('opens one socket, the desk, and names the agent in each call that does something', async () => {
    const desk = new Desk();
    desk.hold('a', 'b');
    desk.world.answer = () => ({ status: 503 });
    await desk.start();
    expect(await desk.connect()).toEqual({ role: 'agent', scope: 'desk', fingerprint: 'agent-1', displayName: 'Ashik', token: undefined });
    expect(desk.world.sockets).toHaveLength(1);
    desk.chat.state.conversations[0]?.send('hello');
    await settle();
    expect(desk.world.requests.filter((one) => one.method === 'POST').every((one) => one.body?.agentId === 'agent-1')).toBe(true);
    desk.chat.stop();
  });

  it('is repeated until the server answers', async () => {
    const desk = new Desk();
    desk.hold();
    const faults: Answer[] = ['no network', { status: 502 }];
    desk.fault = () => faults.shift();
    const started = desk.chat.start();
    expect(desk.chat.state.connection).toBe('connecting');
    await pass(5000);
    await started;
    desk.chat.stop();
  });

  it.each([401, 403])('says why it is refused: %i', async (status) => {
    const desk = new Desk(undefined, { token: 'bad' });
    desk.hold();
    desk.fault = () => ({ status, body: null });
    await expect(desk.chat.start()).rejects.toBeInstanceOf(ChatError);
    expect(desk.chat.state.error?.status ?? 0).toBeGreaterThan(400);
    desk.fault = () => undefined;
    await desk.start();
    expect(desk.chat.state.error).toBeUndefined();
    desk.chat.stop();
  });
});

describe('the queue', () => {
  it('follows the snapshots, and its length where all of it is known', async () => {
    const desk = new Desk();
    desk.queue = [queueEntry('x', 1), queueEntry('y', 2)];
    desk.queueSize = 150;
    await desk.start();
    expect(desk.chat.state.queueSize).toBe(150);
    desk.world.socket.say('queue:snapshot', [queueEntry('y')]);
    expect(desk.chat.state).toMatchObject({ queueSize: 1, queue: [{ conversationId: 'y' }] });
    desk.world.socket.say('queue:snapshot', []);
    expect(desk.chat.state.queueSize).toBe(0);
    desk.chat.stop();
  });

  it('gives a conversation, once, whichever of answer and socket is first', async () => {
    const desk = new Desk();
    await desk.start();
    const [server] = desk.hold('q') as [FakeServer];
    server.status = 'QUEUED';
    server.write({ sender: customer, content: 'before' });
    const chat = await desk.chat.accept('q');
    desk.world.socket.say('system:event', server.ready());
    await settle();
    expect(desk.chat.state.conversations).toEqual([chat]);
    expect(chat.state).toMatchObject({ status: 'ASSIGNED', unread: 1 });
    expect(chat.state.entries.map((one) => one.kind)).toEqual(['message', 'event']);
    desk.chat.stop();
  });

  it.each([
    [409, 'conflict'],
    [410, 'gone'],
    [422, 'agent_at_capacity'],
  ])('says at once why not: %i %s', async (status, code) => {
    const desk = new Desk();
    await desk.start();
    desk.fault = () => ({ status, body: { code, message: 'No.' } });
    await expect(desk.chat.accept('q')).rejects.toMatchObject({ code, message: 'No.' });
    desk.chat.stop();
  });

  it('gives up after a while without a network', async () => {
    const desk = new Desk();
    await desk.start();
    desk.fault = () => 'no network';
    const refused = expect(desk.chat.accept('q')).rejects.toMatchObject({ code: 'network' });
    await pass(16_000);
    await refused;
    desk.chat.stop();
  });
});

describe('conversations', () => {
  it('come in the order they were accepted', async () => {
    const desk = new Desk();
    await desk.start();
    const ready = (id: string, acceptedAt: string): void =>
      desk.world.socket.say('system:event', systemEvent('SESSION_READY', null, conversation({ id, acceptedAt })));
    ready('second', '2025-11-13T11:37:00.000Z');
    ready('third', '2025-11-13T11:38:00.000Z');
    ready('first', '2025-11-13T11:36:00.000Z');
    expect(desk.ids).toEqual(['first', 'second', 'third']);
    desk.chat.stop();
  });

  it('leave when they are requeued or another’s, and stay closed until dismissed', async () => {
    const desk = new Desk();
    const [a, b] = desk.hold('a', 'b') as [FakeServer, FakeServer];
    await desk.start();
    const requeued = conversation({ id: 'a', status: 'QUEUED', agent: null, lastSequence: 1 });
    desk.world.socket.say('system:event', systemEvent('CONVERSATION_REQUEUED', 1, requeued));
    expect(desk.ids).toEqual(['b']);
    b.happen('CONVERSATION_CLOSED', 'CLOSED');
    await settle();
    const [closed] = desk.chat.state.conversations;
    expect(closed?.state).toMatchObject({ status: 'CLOSED', closed: { by: 'AGENT', reason: 'resolved' } });
    expect(() => closed?.send('late')).toThrow(expect.objectContaining({ code: 'gone' }));
    closed?.dismiss();
    expect(desk.ids).toEqual([]);
    desk.world.socket.say('system:event', b.ready());
    expect(desk.ids).toEqual([]);
    expect(a.log).toEqual([]);
    desk.chat.stop();
  });

  it('say in their last state why they left', async () => {
    const desk = new Desk();
    const [, , , d] = desk.hold('a', 'b', 'c', 'd') as FakeServer[];
    await desk.start();
    const [a, b, c, closed] = desk.chat.state.conversations;
    const told: unknown[] = [];
    for (const one of [a, b, c, closed]) one?.subscribe(() => one.state.left && told.push([one.id, one.state.left]));
    desk.world.socket.say('system:event', systemEvent('CONVERSATION_REQUEUED', 1, conversation({ id: 'a', status: 'QUEUED', agent: null, lastSequence: 1 })));
    desk.world.socket.say('system:event', systemEvent('CONVERSATION_ASSIGNED', 1, conversation({ id: 'b', agent: { id: 'agent-2', displayName: null }, lastSequence: 1 })));
    desk.world.socket.drop();
    desk.servers.splice(2, 1);
    await desk.connect();
    d?.happen('CONVERSATION_CLOSED', 'CLOSED');
    closed?.dismiss();
    await settle();
    expect([a, b, c, closed].map((one) => one?.state.left)).toEqual(['requeued', 'transferred', 'refused', undefined]);
    expect(told).toEqual([['a', 'requeued'], ['b', 'transferred'], ['c', 'refused']]);
    desk.chat.stop();
  });

  it('an open one is not dismissed', async () => {
    const desk = new Desk();
    desk.hold('a');
    await desk.start();
    desk.chat.state.conversations[0]?.dismiss();
    expect(desk.ids).toEqual(['a']);
    desk.chat.stop();
  });

  it('send, type, read and close each for itself', async () => {
    const desk = new Desk();
    const [a, b] = desk.hold('a', 'b') as [FakeServer, FakeServer];
    a.write({ sender: customer });
    await desk.start();
    const [one, two] = desk.chat.state.conversations;
    one?.send('to a');
    two?.send('to b');
    one?.typing('x');
    one?.read(1);
    await settle();
    expect([a, b].map((server) => server.log.map((item) => (item.event === 'chat:message' ? item.payload.message.content : '')))).toEqual([['text 1', 'to a'], ['to b']]);
    expect(one?.state).toMatchObject({ unread: 0, messages: [{ own: false }, { own: true, delivery: 'sent' }] });
    expect(desk.world.socket.emitted).toEqual([{ name: 'chat:typing', payload: { conversationId: 'a', typing: true } }]);
    const closed = two?.close('done');
    await pass(100);
    await closed;
    expect(two?.state.status).toBe('CLOSED');
    expect(one?.state.status).toBe('CONNECTED');
    desk.chat.stop();
  });

  it('show the customer’s signals', async () => {
    const desk = new Desk();
    const [a] = desk.hold('a') as [FakeServer];
    await desk.start();
    const [one] = desk.chat.state.conversations;
    desk.world.socket.say('chat:typing', { conversationId: 'a', participant: customer, typing: true, expiresAt: null });
    desk.world.socket.say('chat:read', { conversationId: 'a', participant: customer, sequence: 1, timestamp: AT });
    desk.world.socket.say('system:event', systemEvent('PARTICIPANT_DISCONNECTED', null, a.conversation, 'CUSTOMER'));
    expect(one?.state).toMatchObject({ customerAway: true, readByCustomer: 1 });
    // Being accepted anew says nothing of where the customer is.
    a.happen('CONVERSATION_CONNECTED', 'CONNECTED');
    expect(one?.state.customerAway).toBe(true);
    desk.chat.stop();
  });
});

describe('a reconnect', () => {
  it('signs in again and reads what was missed', async () => {
    const desk = new Desk();
    const [a, b, c] = desk.hold('a', 'b', 'c') as [FakeServer, FakeServer, FakeServer];
    a.write();
    await desk.start();
    desk.world.socket.drop();
    expect(desk.chat.state.connection).toBe('offline');
    a.write({ sender: customer });
    b.happen('CONVERSATION_CLOSED', 'CLOSED');
    c.status = 'QUEUED';
    const sessions = desk.world.sent('POST', '/sessions').length;
    desk.world.requests.length = 0;
    desk.fault = ({ path }) =>
      path === '/api/agent/conversations/c' ? { body: conversation({ id: 'c', status: 'QUEUED', agent: null }) } : undefined;
    await desk.connect();
    expect(sessions).toBe(2);
    expect(desk.world.sent('POST', '/sessions')).toHaveLength(1);
    expect(desk.world.sent('GET', '/a/events?after=0&limit=200')).toHaveLength(1);
    expect(desk.chat.state.conversations.map((one) => [one.id, one.state.status, one.state.entries.length])).toEqual([
      ['a', 'CONNECTED', 2],
      ['b', 'CLOSED', 1],
    ]);
    desk.chat.stop();
  });

  it('that was recovered does not', async () => {
    const desk = new Desk();
    await desk.start();
    desk.world.socket.drop();
    desk.world.requests.length = 0;
    await desk.world.socket.accept(true);
    await settle();
    expect(desk.world.requests).toEqual([]);
    desk.chat.stop();
  });

  it('drops what was another’s meanwhile', async () => {
    const storage = memoryStorage();
    const desk = new Desk(storage);
    const [a] = desk.hold('a') as [FakeServer];
    await desk.start();
    desk.world.socket.drop();
    a.status = 'QUEUED';
    desk.fault = () => 'no network';
    desk.chat.state.conversations[0]?.send('too late');
    await settle();
    desk.fault = ({ path }) => {
      if (path.endsWith('/messages')) return 'no network';
      return path === '/api/agent/conversations/a' ? { status: 403, body: { code: 'forbidden', message: '' } } : undefined;
    };
    await desk.world.socket.accept();
    await settle();
    expect(desk.ids).toEqual([]);
    expect(JSON.parse([...storage.kept.values()][0] ?? '')).toEqual({ outbox: {}, read: {} });
    desk.chat.stop();
  });

  it('sees that the last message is another than it was', async () => {
    const desk = new Desk();
    const [a] = desk.hold('a') as [FakeServer];
    a.write();
    a.write();
    await desk.start();
    desk.world.socket.drop();
    a.log = [...a.log.slice(0, 1), { sequence: 2, event: 'chat:message', payload: { conversationId: 'a', message: message(2, { id: 'other', conversationId: 'a' }) } }];
    await desk.connect();
    expect(desk.chat.state.conversations[0]?.state.messages.map((one) => one.id)).toEqual(['m-1', 'other']);
    desk.chat.stop();
  });
});

it('sees after a reconnect that the last entry is another than it was, though the log has grown since', async () => {
  const desk = new Desk();
  const [a] = desk.hold('a') as [FakeServer];
  a.write();
  a.write();
  await desk.start();
  desk.world.socket.drop();
  a.log = a.log.slice(0, 1);
  for (let n = 0; n < 3; n++) a.write({ id: `new-${n}` });
  await desk.world.socket.accept();
  // What is told at once must not hide it.
  a.write({ id: 'newest' });
  await settle();
  expect(desk.chat.state.conversations[0]?.state.messages.map((one) => one.id)).toEqual(['m-1', 'new-0', 'new-1', 'new-2', 'newest']);
  desk.chat.stop();
});

describe('a reload', () => {
  it('sends what was left, also into a conversation that is closed by now', async () => {
    const storage = memoryStorage();
    const before = new Desk(storage);
    const [a, b] = before.hold('a', 'b') as [FakeServer, FakeServer];
    await before.start();
    before.fault = ({ method }) => (method === 'POST' ? 'silence' : undefined);
    before.chat.state.conversations[0]?.send('to a');
    before.chat.state.conversations[1]?.send('to b');
    await settle();
    before.chat.stop();

    const after = new Desk(storage);
    after.servers.push(a, b);
    b.happen('CONVERSATION_CLOSED', 'CLOSED');
    await after.start();
    await settle();
    expect(after.chat.state.conversations.map((one) => [one.id, one.state.messages.map((it) => [it.content, it.delivery])])).toEqual([
      ['a', [['to a', 'sent']]],
      ['b', [['to b', 'failed']]],
    ]);
    after.chat.stop();

    // What was not sent is there until the chat is dismissed.
    const last = new Desk(storage);
    last.servers.push(a, b);
    await last.start();
    await settle();
    const [, closed] = last.chat.state.conversations;
    expect(closed?.state).toMatchObject({ status: 'CLOSED', messages: [{ content: 'to b', delivery: 'failed', error: { code: 'gone', status: 410 } }] });
    expect(last.world.sent('POST', '/messages')).toEqual([]);
    closed?.dismiss();
    expect(kept(storage)).toEqual({ outbox: {}, read: {} });
    last.chat.stop();
  });

  it('forgets what was not sent into one that is no longer this agent’s', async () => {
    const storage = memoryStorage();
    const before = new Desk(storage);
    const [a] = before.hold('a') as [FakeServer];
    await before.start();
    before.fault = ({ method }) => (method === 'POST' ? { status: 422, body: { code: 'not_accepted', message: '' } } : undefined);
    before.chat.state.conversations[0]?.send('refused');
    await settle();
    before.chat.stop();
    expect(kept(storage).outbox).toMatchObject({ a: [{ content: 'refused', error: { code: 'not_accepted' } }] });
    const after = new Desk(storage);
    after.servers.push(a);
    a.status = 'QUEUED';
    after.fault = ({ path }) => (path === '/api/agent/conversations/a' ? { body: conversation({ id: 'a', status: 'QUEUED', agent: null }) } : undefined);
    await after.start();
    expect(after.ids).toEqual([]);
    expect(kept(storage)).toEqual({ outbox: {}, read: {} });
    after.chat.stop();
  });
});

describe('what is unread', () => {
  it('is what the list said, and goes on from there without a jump', async () => {
    const desk = new Desk();
    const [a] = desk.hold('a') as [FakeServer];
    for (let n = 0; n < 250; n++) a.write({ sender: customer });
    const seen: number[] = [];
    desk.chat.subscribe(() => seen.push(desk.chat.state.conversations[0]?.state.unread ?? -1));
    await desk.start();
    await settle();
    const [one] = desk.chat.state.conversations;
    expect(one?.state).toMatchObject({ unread: 250, hasMore: false });
    expect(new Set(seen.filter((count) => count >= 0))).toEqual(new Set([250]));
    a.write({ sender: customer });
    a.write();
    expect(one?.state.unread).toBe(251);
    one?.read(249);
    expect(one?.state.unread).toBe(2);
    desk.chat.stop();
  });

  it('is what the list said, and what came since, also above what is loaded', async () => {
    const desk = new Desk();
    const [a] = desk.hold('a') as [FakeServer];
    for (let n = 0; n < 1500; n++) a.write({ sender: customer });
    await desk.start();
    await settle();
    const [one] = desk.chat.state.conversations;
    expect(one?.state).toMatchObject({ unread: 1500, hasMore: true });
    a.write({ sender: customer });
    expect(one?.state.unread).toBe(1501);
    one?.read(1500);
    expect(one?.state.unread).toBe(1);
    desk.chat.stop();
  });

  it('is the same in every console of the agent, and its mark is forgotten with the chat', async () => {
    const storage = memoryStorage();
    const one = new Desk(storage);
    const [a, b] = one.hold('a', 'b') as [FakeServer, FakeServer];
    const other = new Desk(storage);
    other.servers.push(a, b);
    await one.start();
    await other.start();
    for (const { world } of [one, other]) for (const server of [a, b]) server.serve(world);
    for (const desk of [one, other]) desk.hold();
    a.write({ sender: customer });
    b.write({ sender: customer });
    const unread = (desk: Desk): number[] => desk.chat.state.conversations.map(({ state }) => state.unread);
    expect([unread(one), unread(other)]).toEqual([[1, 1], [1, 1]]);
    for (const chat of one.chat.state.conversations) chat.read(1);
    other.world.signal('storage');
    expect([unread(one), unread(other)]).toEqual([[0, 0], [0, 0]]);
    expect(kept(storage).read).toEqual({ a: 1, b: 1 });
    a.happen('CONVERSATION_CLOSED', 'CLOSED');
    await settle();
    one.chat.state.conversations[0]?.dismiss();
    expect(kept(storage).read).toEqual({ b: 1 });
    one.chat.stop();
    other.chat.stop();
    expect([one.world.listeners, other.world.listeners]).toEqual([0, 0]);
    const later = new Desk(storage);
    await later.start();
    expect(kept(storage)).toEqual({ outbox: {}, read: {} });
    expect(later.ids).toEqual([]);
    later.chat.stop();
  });
});

describe('state', () => {
  it('keeps its identity while its own fields stay', async () => {
    const desk = new Desk();
    const [a] = desk.hold('a') as [FakeServer];
    await desk.start();
    const { state } = desk.chat;
    const [one] = state.conversations;
    const conversationBefore = one?.state;
    let told = 0;
    let toldOfConversation = 0;
    desk.chat.subscribe(() => told++);
    one?.subscribe(() => toldOfConversation++);
    a.write({ sender: customer });
    desk.world.socket.tell(a.log[0] as never);
    expect(desk.chat.state).toBe(state);
    expect(one?.state).not.toBe(conversationBefore);
    expect([told, toldOfConversation]).toEqual([1, 1]);
    desk.chat.stop();
  });

  it('says of which agent a message is', async () => {
    const desk = new Desk();
    desk.hold('a');
    await desk.start();
    desk.fault = () => 'silence';
    expect(desk.chat.state.conversations[0]?.send('hello').sender).toEqual({ id: 'agent-1', type: 'AGENT', displayName: 'Ashik' });
    desk.chat.stop();
  });
});

it('does not take another agent’s conversation for its own', async () => {
  const desk = new Desk();
  await desk.start();
  const told: Conversation = conversation({ id: 'x', agent: { id: 'agent-2', displayName: null } });
  desk.world.socket.say('system:event', systemEvent('SESSION_READY', null, told));
  expect(desk.ids).toEqual([]);
  desk.chat.stop();
});

describe('the server’s clock', () => {
  const ready = (desk: Desk, ahead: number, delay = 0): void =>
    desk.world.socket.say('system:event', {
      ...systemEvent('SESSION_READY', null, conversation({ id: 'a' })),
      timestamp: new Date(Date.now() + ahead - delay).toISOString(),
    });

  it.each([3_600_000, -3_600_000])('is known by the quickest of its words: %i ms', async (ahead) => {
    const desk = new Desk();
    await desk.start();
    expect(desk.chat.state.clockOffset).toBe(0);
    ready(desk, ahead, 400);
    expect(desk.chat.state.clockOffset).toBe(ahead - 400);
    ready(desk, ahead, 20);
    const { state } = desk.chat;
    expect(state.clockOffset).toBe(ahead - 20);
    ready(desk, ahead, 60_000);
    desk.world.socket.say('system:event', { ...systemEvent('SESSION_READY', null, conversation({ id: 'a' })), timestamp: 'no time' });
    expect(desk.chat.state).toBe(state);
    desk.chat.stop();
  });

  it('is asked for anew with each connection, since this machine’s may have been set meanwhile', async () => {
    const desk = new Desk();
    await desk.start();
    ready(desk, 3_600_000);
    desk.world.socket.drop();
    vi.setSystemTime(Date.now() + 3_600_000);
    await desk.world.socket.accept();
    await settle();
    expect(desk.chat.state.clockOffset).toBe(3_600_000);
    ready(desk, 0, 30);
    expect(desk.chat.state.clockOffset).toBe(-30);
    desk.chat.stop();
  });

  it('is read off an answer too, where the page may see when it was given', async () => {
    const desk = new Desk();
    desk.hold();
    const { answer } = desk.world;
    desk.world.answer = async (request) => ({ ...((await answer(request)) as object), headers: { Date: new Date(Date.now() + 60_000).toUTCString() } });
    await desk.chat.start();
    expect(desk.chat.state.clockOffset).toBe(60_000);
    desk.chat.stop();
  });
});
