import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CustomerChat } from '../src/customer.js';
import { ChatError } from '../src/error.js';
import type { Locks } from '../src/environment.js';
import type { ChatMessage, ChatStorage, CustomerOptions } from '../src/types.js';
import { FakeServer, GATEWAY, REST, World, conversation, memoryStorage, pass, settle, systemEvent, type Answer } from './fakes.js';

beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2025-11-13T11:36:03Z') }));
afterEach(() => void vi.useRealTimers());

const KEY = `customer-live-chat:1:${REST}`;

interface Tab {
  readonly world: World;
  readonly chat: CustomerChat;
}

function open(server: FakeServer, storage: ChatStorage = memoryStorage(), options: Partial<CustomerOptions> = {}, name = 'tab'): Tab {
  const world = new World(name);
  server.serve(world);
  return { world, chat: new CustomerChat({ rest: REST, gateway: GATEWAY, storage, ...options }, world.environment) };
}

async function begin(server: FakeServer, storage?: ChatStorage, options?: Partial<CustomerOptions>, name?: string): Promise<Tab> {
  const tab = open(server, storage, options, name);
  await tab.chat.start({ displayName: 'Jane' });
  await connect(tab, server);
  return tab;
}

async function connect({ world }: Tab, server: FakeServer): Promise<Record<string, unknown>> {
  await settle();
  const auth = await world.socket.accept();
  world.socket.say('system:event', server.ready());
  await settle();
  return auth;
}

const shown = ({ chat }: Tab): [string, string][] => chat.state.messages.map((one) => [one.content, one.delivery]);
const outbox = (storage: ChatStorage): string[] => {
  const kept = JSON.parse(storage.getItem(KEY) ?? '{}') as { outbox?: Record<string, { content: string }[]> };
  return Object.values(kept.outbox ?? {}).flatMap((all) => all.map((one) => one.content));
};
const posts = (world: World): unknown[] => world.sent('POST', '/messages').map((one) => one.body?.content);

describe('before it begins', () => {
  it('stores nothing, asks nothing and refuses to send', async () => {
    const storage = memoryStorage();
    const { world, chat } = open(new FakeServer(), storage);
    expect(() => chat.send('hello')).toThrow(expect.objectContaining({ code: 'not_started' }));
    expect(await chat.resume()).toBe(false);
    expect(storage.kept.size).toBe(0);
    expect([world.requests.length, world.sockets.length, world.listeners]).toEqual([0, 0, 0]);
    expect(chat.state).toMatchObject({ status: null, connection: 'idle', messages: [], closed: null });
    expect([chat.state, chat.state.messages, chat.state.entries].every(Object.isFrozen)).toBe(true);
  });
});

describe('start', () => {
  it('is one conversation however often it is called, and opens one socket for it', async () => {
    const server = new FakeServer();
    const tab = open(server);
    const [a, b] = await Promise.all([tab.chat.start(), tab.chat.start()]);
    expect(a).toBe(b);
    expect(tab.world.sent('POST', '/sessions')).toHaveLength(1);
    const auth = await connect(tab, server);
    expect(auth).toMatchObject({ role: 'customer', conversationId: 'c-1', fingerprint: 'tab-id-000000000001', after: 0 });
    expect(tab.chat.state).toMatchObject({ status: 'CONNECTED', connection: 'online' });
  });

  it('is repeated with the same fingerprint and start key until the server answers', async () => {
    const server = new FakeServer();
    const { world, chat } = open(server);
    const faults: Answer[] = ['no network', { status: 503 }, 'silence', { status: 429, headers: { 'Retry-After': '7' } }];
    server.fault = () => faults.shift();
    const started = chat.start();
    expect(chat.state.connection).toBe('connecting');
    await pass(60_000);
    await started;
    const calls = world.sent('POST', '/sessions');
    expect(calls).toHaveLength(5);
    expect(new Set(calls.map((one) => one.headers['Idempotency-Key'])).size).toBe(1);
    expect(new Set(calls.map((one) => one.body?.fingerprint)).size).toBe(1);
  });

  it('throws what the server refuses', async () => {
    const server = new FakeServer();
    const { chat } = open(server);
    server.fault = () => ({ status: 403, body: { code: 'forbidden', message: 'No.' } });
    await expect(chat.start()).rejects.toMatchObject({ code: 'forbidden', message: 'No.' });
    expect(chat.state.connection).toBe('idle');
  });

  it('ends with stop', async () => {
    const server = new FakeServer();
    const { world, chat } = open(server);
    server.fault = () => 'no network';
    const started = chat.start();
    const ended = expect(started).rejects.toMatchObject({ code: 'stopped' });
    await pass(2000);
    chat.stop();
    await ended;
    expect(vi.getTimerCount()).toBe(0);
    expect(world.listeners).toBe(0);
  });

  it('begins another conversation with another start key after one that is closed', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    const tab = await begin(server, storage);
    server.happen('CONVERSATION_CLOSED', 'CLOSED');
    await settle();
    expect(tab.chat.state).toMatchObject({ status: 'CLOSED', connection: 'idle', closed: { by: 'AGENT', reason: 'resolved' } });
    expect(() => tab.chat.send('more')).toThrow(expect.objectContaining({ code: 'gone' }));
    const next = new FakeServer('c-2');
    next.serve(tab.world);
    await tab.chat.start();
    const keys = tab.world.sent('POST', '/sessions').map((one) => one.headers['Idempotency-Key']);
    expect(keys[0]).not.toBe(keys[1]);
    expect(tab.chat.state.conversation?.id).toBe('c-2');
    tab.chat.stop();
  });
});

describe('a send', () => {
  it('is kept before the first try, and shown at once', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    const tab = await begin(server, storage);
    server.fault = ({ path }) => (expect(path.endsWith('/messages') ? outbox(storage) : ['hello']).toEqual(['hello']), 'silence');
    const message = tab.chat.send('hello', { metadata: { a: 1 } });
    expect(message).toMatchObject({ delivery: 'sending', own: true, content: 'hello' });
    expect(outbox(storage)).toEqual(['hello']);
    expect(tab.chat.state.messages).toEqual([message]);
    expect(tab.chat.state.entries.at(-1)).toMatchObject({ kind: 'message', key: message.key });
    tab.chat.stop();
  });

  it('is confirmed by the answer or by the socket, whichever is first', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    const tab = await begin(server, storage);
    // FakeServer tells the socket before it answers.
    tab.chat.send('one');
    await settle();
    expect(shown(tab)).toEqual([['one', 'sent']]);
    tab.world.socket.isUp = false;
    tab.chat.send('two');
    await settle();
    expect(shown(tab)).toEqual([['one', 'sent'], ['two', 'sent']]);
    tab.world.socket.tell(server.log[1] as never);
    expect(shown(tab)).toHaveLength(2);
    expect(outbox(storage)).toEqual([]);
    tab.chat.stop();
  });

  it('goes out one at a time and in order; the first holds the others back', async () => {
    const server = new FakeServer();
    const tab = await begin(server);
    let failures = 3;
    server.fault = ({ path }) => (path.endsWith('/messages') && failures-- > 0 ? { status: 500 } : undefined);
    for (const text of ['1', '2', '3']) tab.chat.send(text);
    await settle();
    expect(posts(tab.world)).toEqual(['1']);
    await pass(10_000);
    expect(posts(tab.world)).toEqual(['1', '1', '1', '1', '2', '3']);
    expect(server.log.map((item) => (item.event === 'chat:message' ? item.payload.message.content : ''))).toEqual(['1', '2', '3']);
    const ids = tab.world.sent('POST', '/messages').map((one) => one.body?.clientMessageId);
    expect(new Set(ids.slice(0, 4)).size).toBe(1);
    tab.chat.stop();
  });

  it.each([400, 402, 403, 404, 405, 406, 409, 413, 415, 422, 451])('fails for good on %i, and the next goes on', async (status) => {
    const server = new FakeServer();
    const storage = memoryStorage();
    const tab = await begin(server, storage);
    server.fault = ({ body }) => (body?.content === 'bad' ? { status, body: { code: 'validation', message: `No: ${status}` } } : undefined);
    tab.chat.send('bad');
    tab.chat.send('good');
    await settle();
    expect(shown(tab)).toEqual([['good', 'sent'], ['bad', 'failed']]);
    expect(tab.chat.state.messages[1]?.error).toMatchObject({ status, message: `No: ${status}` });
    expect(outbox(storage)).toEqual(['bad']);
    await pass(120_000);
    expect(posts(tab.world)).toEqual(['bad', 'good']);
    tab.chat.stop();
  });

  it.each(['no network', 'silence', { status: 200, body: '<html>' }, ...[429, 500, 501, 502, 503, 504, 599].map((status) => ({ status }))] as Answer[])(
    'is repeated for ever on %j',
    async (fault) => {
      const server = new FakeServer();
      const storage = memoryStorage();
      const tab = await begin(server, storage);
      let isFaulty = true;
      server.fault = ({ path }) => (isFaulty && path.endsWith('/messages') ? fault : undefined);
      tab.chat.send('hello');
      await pass(3_600_000);
      expect(shown(tab)).toEqual([['hello', 'sending']]);
      expect(outbox(storage)).toEqual(['hello']);
      // At half a minute between tries, and fifteen seconds for one that is silent.
      expect(posts(tab.world).length).toBeGreaterThan(75);
      expect(posts(tab.world).length).toBeLessThan(130);
      isFaulty = false;
      await pass(60_000);
      expect(shown(tab)).toEqual([['hello', 'sent']]);
      expect(outbox(storage)).toEqual([]);
      tab.chat.stop();
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  it('fails all there is on 410, with the server’s words', async () => {
    const server = new FakeServer();
    const tab = await begin(server);
    server.fault = ({ path }) => (path.endsWith('/messages') ? { status: 410, body: { code: 'gone', message: 'It is over.' } } : undefined);
    for (const text of ['1', '2']) tab.chat.send(text);
    await settle();
    expect(shown(tab)).toEqual([['1', 'failed'], ['2', 'failed']]);
    expect(tab.chat.state.messages.map((one) => one.error?.message)).toEqual(['It is over.', 'It is over.']);
    expect(posts(tab.world)).toEqual(['1']);
    tab.chat.stop();
  });

  it('waits longer each time, never shorter than the server asked for, and starts anew when the network is back', async () => {
    const server = new FakeServer();
    const tab = await begin(server);
    let fault: Answer = 'no network';
    server.fault = ({ path }) => (path.endsWith('/messages') ? fault : undefined);
    tab.chat.send('hello');
    const at: number[] = [];
    const begun = Date.now();
    for (let second = 0; second < 600; second++) {
      const before = posts(tab.world).length;
      await pass(100);
      if (posts(tab.world).length > before) at.push(Date.now() - begun);
    }
    // 0.5, 1, 2, 4, 8, 16, 30 s.
    expect(at.map((time) => Math.round(time / 500) / 2)).toEqual([0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5].map((time) => expect.closeTo(time, 0)));
    let before = posts(tab.world).length;
    tab.world.signal('online');
    await settle();
    expect(posts(tab.world).length).toBe(before + 1);
    tab.world.signal('visible');
    await settle();
    expect(posts(tab.world).length).toBe(before + 2);
    fault = { status: 429, headers: { 'Retry-After': '20' } };
    await pass(2000);
    before = posts(tab.world).length;
    tab.world.signal('online');
    await pass(15_000);
    expect(posts(tab.world).length).toBe(before);
    await pass(6000);
    expect(posts(tab.world).length).toBe(before + 1);
    tab.chat.stop();
  });

  it('that has failed goes out again as a new one', async () => {
    const server = new FakeServer();
    const tab = await begin(server);
    let isFaulty = true;
    server.fault = ({ path }) => (isFaulty && path.endsWith('/messages') ? { status: 422, body: { code: 'idempotency_mismatch', message: '' } } : undefined);
    const failed = tab.chat.send('hello', { metadata: { a: 1 } });
    await settle();
    isFaulty = false;
    tab.chat.retry(failed);
    tab.chat.retry(failed);
    await settle();
    expect(shown(tab)).toEqual([['hello', 'sent']]);
    const [first, second] = tab.world.sent('POST', '/messages');
    expect(second?.body).toMatchObject({ content: 'hello', metadata: { a: 1 } });
    expect(second?.body?.clientMessageId).not.toBe(first?.body?.clientMessageId);
    tab.chat.stop();
  });

  it.each(['', '  \n', '\x85', 'x'.repeat(4001), 'a\0b', 'half \ud83d', '\ude00 half', undefined, null, 5, {}])('is refused where it can be nothing: %j', async (content) => {
    const tab = await begin(new FakeServer());
    expect(() => tab.chat.send(content as string)).toThrow(expect.objectContaining({ code: 'validation' }));
    expect(tab.chat.state.messages).toEqual([]);
    tab.chat.stop();
  });
});

describe('a message that was refused', () => {
  const refusing = (server: FakeServer): void => {
    server.fault = ({ body }) => (String(body?.content).startsWith('bad') ? { status: 422, body: { code: 'not_accepted', message: 'Not now.' } } : undefined);
  };

  it('is there after a reload, in its place, and goes out by itself no more', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    const before = await begin(server, storage);
    server.fault = () => 'no network';
    for (const text of ['bad 1', 'good', 'bad 2']) before.chat.send(text, { metadata: { text } });
    await settle();
    refusing(server);
    before.world.socket.isUp = false;
    before.world.signal('online');
    await settle();
    expect(shown(before)).toEqual([['good', 'sent'], ['bad 1', 'failed'], ['bad 2', 'failed']]);
    before.chat.stop();

    server.fault = () => undefined;
    const after = open(server, storage, {}, 'again');
    await after.chat.resume();
    await connect(after, server);
    after.chat.send('later');
    await pass(120_000);
    expect(shown(after)).toEqual([['good', 'sent'], ['later', 'sent'], ['bad 1', 'failed'], ['bad 2', 'failed']]);
    expect(posts(after.world)).toEqual(['later']);
    const failed = after.chat.state.messages[2] as ChatMessage;
    expect(failed).toMatchObject({ own: true, metadata: { text: 'bad 1' }, error: { code: 'not_accepted', status: 422, message: 'Not now.' } });
    expect(failed.error).toBeInstanceOf(ChatError);

    after.chat.retry(failed);
    await settle();
    expect(shown(after)).toEqual([['good', 'sent'], ['later', 'sent'], ['bad 1', 'sent'], ['bad 2', 'failed']]);
    expect(outbox(storage)).toEqual(['bad 2']);
    after.chat.stop();
  });

  it('keeps its place in the outbox before what waits', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    const before = await begin(server, storage);
    server.fault = ({ body }) => (body?.content === 'bad' ? { status: 400 } : 'no network');
    for (const text of ['bad', '1', '2']) before.chat.send(text);
    await settle();
    before.chat.stop();
    const after = open(server, storage);
    const resumed = expect(after.chat.resume()).rejects.toMatchObject({ code: 'stopped' });
    expect(shown(after)).toEqual([['bad', 'failed'], ['1', 'sending'], ['2', 'sending']]);
    expect(outbox(storage)).toEqual(['bad', '1', '2']);
    after.chat.stop();
    await resumed;
  });

  it('is still seen while the chat is that has ended, and is gone with it', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    const before = await begin(server, storage);
    server.fault = () => 'no network';
    before.chat.send('too late');
    before.chat.stop();
    server.fault = () => undefined;
    server.happen('CONVERSATION_CLOSED', 'CLOSED');
    for (let n = 0; n < 2; n++) {
      const after = open(server, storage);
      await after.chat.resume();
      await settle();
      expect(shown(after)).toEqual([['too late', 'failed']]);
      expect(after.chat.state.messages[0]?.error).toMatchObject({ code: 'gone', status: 410 });
      expect(posts(after.world)).toHaveLength(n === 0 ? 1 : 0);
      expect(() => after.chat.retry(after.chat.state.messages[0] as ChatMessage)).toThrow(expect.objectContaining({ code: 'gone' }));
      expect(shown(after)).toHaveLength(1);
      after.chat.stop();
    }
    const next = open(new FakeServer('c-2'), storage);
    await next.chat.start();
    expect(shown(next)).toEqual([]);
    next.chat.stop();
    const last = open(new FakeServer('c-2'), storage);
    await last.chat.resume();
    expect(outbox(storage)).toEqual([]);
    last.chat.stop();
  });

  it('stays where the server’s log begins anew', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    const tab = await begin(server, storage);
    refusing(server);
    server.write();
    tab.chat.send('bad');
    await settle();
    tab.world.socket.drop();
    server.log = [];
    await connect(tab, server);
    expect(shown(tab)).toEqual([['bad', 'failed']]);
    expect(outbox(storage)).toEqual(['bad']);
    expect(posts(tab.world)).toEqual(['bad']);
    tab.chat.stop();
  });

  it('and was sent anew in one tab is so in the other', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    const a = await begin(server, storage, {}, 'a');
    refusing(server);
    a.chat.send('bad');
    await settle();
    const b = open(server, storage, {}, 'b');
    await b.chat.resume();
    await connect(b, server);
    expect(shown(b)).toEqual([['bad', 'failed']]);
    a.world.signal('storage');
    expect(shown(a)).toEqual([['bad', 'failed']]);
    server.fault = () => undefined;
    b.chat.retry(b.chat.state.messages[0] as ChatMessage);
    await settle();
    a.world.signal('storage');
    expect(shown(a)).toEqual([['bad', 'sent']]);
    expect(server.log).toHaveLength(1);
    a.chat.stop();
    b.chat.stop();
  });

  it('lives on in memory where the storage is full', async () => {
    const server = new FakeServer();
    let isFull = false;
    const storage = { ...memoryStorage() };
    const { setItem } = storage;
    storage.setItem = (key, value) => {
      if (isFull) throw new DOMException('', 'QuotaExceededError');
      setItem(key, value);
    };
    const tab = await begin(server, storage);
    refusing(server);
    isFull = true;
    tab.chat.send('bad');
    await settle();
    tab.chat.stop();
    await tab.chat.resume();
    expect(shown(tab)).toEqual([['bad', 'failed']]);
    tab.chat.stop();
  });
});

describe('the pause after a failed send', () => {
  /** The server takes the message, and its answer is lost. */
  const losing = (server: FakeServer, fault: Answer): void => {
    server.fault = ({ path, body }) => {
      if (!path.endsWith('/messages') || body?.content !== '1') return undefined;
      setTimeout(() => server.write({ sender: { id: 'visitor', type: 'CUSTOMER', displayName: null }, content: '1', clientMessageId: String(body.clientMessageId) }), 100);
      return fault;
    };
  };

  it('ends when the message is there all the same', async () => {
    const server = new FakeServer();
    const tab = await begin(server);
    losing(server, 'no network');
    tab.chat.send('1');
    tab.chat.send('2');
    await pass(100);
    expect(shown(tab)).toEqual([['1', 'sent'], ['2', 'sent']]);
    expect(posts(tab.world)).toEqual(['1', '2']);
    tab.chat.stop();
  });

  it('does not end before the time that the server asked for', async () => {
    const server = new FakeServer();
    const tab = await begin(server);
    losing(server, { status: 429, headers: { 'Retry-After': '20' } });
    tab.chat.send('1');
    tab.chat.send('2');
    await pass(19_000);
    expect(shown(tab)).toEqual([['1', 'sent'], ['2', 'sending']]);
    await pass(1000);
    expect(shown(tab)).toEqual([['1', 'sent'], ['2', 'sent']]);
    tab.chat.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('what is unread', () => {
  const pages = (world: World): string[] => world.requests.flatMap((one) => one.path.split('/events?')[1] ?? []);

  async function resumed(server: FakeServer): Promise<Tab> {
    const storage = memoryStorage();
    (await begin(new FakeServer(), storage)).chat.stop();
    const tab = open(server, storage);
    await tab.chat.resume();
    await settle();
    return tab;
  }

  it.each(['CONNECTED', 'CLOSED'] as const)('is counted down to what was read: %s', async (status) => {
    const server = new FakeServer();
    for (let n = 0; n < 130; n++) server.write();
    server.read = { customer: 10, agent: 0 };
    if (status === 'CLOSED') server.happen('CONVERSATION_CLOSED', 'CLOSED');
    const tab = await resumed(server);
    expect(tab.chat.state).toMatchObject({ unread: 120, hasMore: false });
    tab.chat.stop();
  });

  it('is read page by page, one at a time, and up to 1,000 entries', async () => {
    const server = new FakeServer();
    for (let n = 0; n < 2000; n++) server.write();
    const tab = open(server);
    let underWay = 0;
    const { answer } = tab.world;
    tab.world.answer = async (request) => {
      if (!request.path.includes('/events')) return answer(request);
      expect(++underWay).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 10));
      underWay--;
      return answer(request);
    };
    await tab.chat.start();
    await connect(tab, server);
    await pass(1000);
    expect(tab.chat.state).toMatchObject({ unread: 1000, hasMore: true });
    expect(pages(tab.world)).toEqual(['after=1900&limit=200', ...[1800, 1700, 1600, 1500, 1400, 1300, 1200, 1100, 1000].map((after) => `after=${after}&limit=100`)]);
    server.write();
    await pass(1000);
    expect(tab.chat.state.unread).toBe(1001);
    expect(pages(tab.world)).toHaveLength(10);
    tab.chat.stop();
  });

  it('is read no further than that, and not at all where all was read', async () => {
    const server = new FakeServer();
    for (let n = 0; n < 500; n++) server.write();
    server.read = { customer: 350, agent: 0 };
    const tab = await begin(server);
    expect(pages(tab.world)).toEqual(['after=400&limit=200', 'after=300&limit=100']);
    tab.chat.read(500);
    server.write();
    await settle();
    expect(tab.chat.state.unread).toBe(1);
    expect(pages(tab.world)).toHaveLength(2);
    tab.chat.stop();
  });

  it('is read again where it failed, less and less often where it brings nothing, and ends with stop', async () => {
    const server = new FakeServer();
    for (let n = 0; n < 300; n++) server.write();
    let fault: Answer = { status: 503 };
    server.fault = ({ path }) => (path.includes('limit=100') ? fault : undefined);
    const tab = await begin(server);
    await pass(10_000);
    expect(tab.chat.state.unread).toBe(100);
    fault = { body: [] };
    await pass(600_000);
    expect(pages(tab.world).length).toBeLessThan(40);
    tab.chat.stop();
    await settle();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('what can never be sent', () => {
  it('is not a text of any language', async () => {
    const tab = await begin(new FakeServer());
    for (const text of ['😀', 'שלום\n', '\u200b', '\ufffd', '\x01', 'x'.repeat(4000)]) tab.chat.send(text);
    await settle();
    expect(shown(tab).map(([, delivery]) => delivery)).toEqual(Array(6).fill('sent'));
    tab.chat.stop();
  });

  it('is refused at once: metadata that is not JSON', async () => {
    const tab = await begin(new FakeServer());
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(() => tab.chat.send('hello', { metadata: circle })).toThrow(expect.objectContaining({ code: 'validation' }));
    expect(() => tab.chat.send('hello', { metadata: (() => 1) as never })).toThrow(expect.objectContaining({ code: 'validation' }));
    const metadata = { page: '/a' };
    const message = tab.chat.send('hello', { metadata });
    metadata.page = '/b';
    expect(message.metadata).toEqual({ page: '/a' });
    tab.chat.stop();
  });

  it('is refused at once: a token that no header can hold', async () => {
    const { chat } = open(new FakeServer(), undefined, { token: 'line\nbreak' });
    await expect(chat.start()).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('a reload', () => {
  it('in the middle of the outbox loses nothing and repeats nothing', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    const before = await begin(server, storage);
    // The second is taken by the server, but its answer never comes.
    server.fault = ({ path, body }) => {
      if (!path.endsWith('/messages') || body?.content === '1') return undefined;
      if (body?.content === '2' && !server.log[1]) server.write({ sender: { id: 'visitor', type: 'CUSTOMER', displayName: null }, content: '2', clientMessageId: String(body.clientMessageId) });
      return 'silence';
    };
    before.world.socket.isUp = false;
    for (const text of ['1', '2', '3', '4']) before.chat.send(text);
    await settle();
    before.chat.stop();
    expect(outbox(storage)).toEqual(['2', '3', '4']);

    server.fault = () => undefined;
    const after = open(server, storage, {}, 'again');
    expect(await after.chat.resume()).toBe(true);
    await connect(after, server);
    await pass(1000);
    expect(shown(after)).toEqual(['1', '2', '3', '4'].map((text) => [text, 'sent']));
    expect(server.log).toHaveLength(4);
    expect(outbox(storage)).toEqual([]);
    after.chat.stop();
  });

  it('that starts instead of resuming sends what was left too', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    const before = await begin(server, storage);
    server.fault = () => 'no network';
    before.chat.send('left');
    before.chat.stop();
    server.fault = () => undefined;
    const after = await begin(server, storage);
    expect(shown(after)).toEqual([['left', 'sent']]);
    after.chat.stop();
  });

  it('without a network shows what waits, and goes on when it is back', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    const before = await begin(server, storage);
    server.fault = () => 'no network';
    before.chat.send('later');
    before.chat.stop();
    const after = open(server, storage);
    const resumed = after.chat.resume();
    await pass(5000);
    expect(shown(after)).toEqual([['later', 'sending']]);
    server.fault = () => undefined;
    await pass(60_000);
    expect(await resumed).toBe(true);
    expect(shown(after)).toEqual([['later', 'sent']]);
    after.chat.stop();
  });

  it.each(['localhost:8383', '', 'ftp://chat.example', undefined])('refuses an address that is none: %s', (rest) => {
    expect(() => new CustomerChat({ rest: rest as string, gateway: 'http://chat.example' })).toThrow(expect.objectContaining({ code: 'validation' }));
    expect(() => new CustomerChat({ rest: 'http://chat.example', gateway: rest as string })).toThrow(expect.objectContaining({ code: 'validation' }));
  });

  it('is connecting from its start to its socket, and never idle in between', async () => {
    const server = new FakeServer();
    const tab = open(server, memoryStorage());
    const connections: string[] = [];
    tab.chat.subscribe(() => connections.at(-1) === tab.chat.state.connection || connections.push(tab.chat.state.connection));
    await tab.chat.start();
    await connect(tab, server);
    expect(connections).toEqual(['connecting', 'online']);
    tab.chat.stop();
  });

  it('finds a chat that has ended meanwhile, and opens no socket for it', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    const before = await begin(server, storage);
    server.write();
    before.chat.stop();
    server.happen('CONVERSATION_CLOSED', 'CLOSED');
    const after = open(server, storage);
    expect(await after.chat.resume()).toBe(true);
    await settle();
    expect(after.chat.state).toMatchObject({ status: 'CLOSED', connection: 'idle' });
    expect(after.chat.state.entries).toHaveLength(2);
    after.chat.stop();
    expect(after.chat.state.status).toBe('CLOSED');
    expect(await after.chat.resume()).toBe(true);
    await settle();
    expect(after.world.sockets.every((one) => !one.isOpen)).toBe(true);
    after.chat.stop();
  });

  it('finds nothing where the server knows nothing any more', async () => {
    const storage = memoryStorage();
    (await begin(new FakeServer(), storage)).chat.stop();
    const tab = open(new FakeServer('another'), storage);
    expect(await tab.chat.resume()).toBe(false);
    expect(tab.chat.state).toMatchObject({ status: null, connection: 'idle', messages: [] });
    expect(await tab.chat.resume()).toBe(false);
  });

  it('shows nothing of one visitor to another', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    (await begin(server, storage, { fingerprint: 'jane' })).chat.stop();
    const tab = open(server, storage, { fingerprint: 'omar' });
    expect(await tab.chat.resume()).toBe(false);
    await tab.chat.start();
    expect(tab.world.sent('POST', '/sessions')[0]?.body?.fingerprint).toBe('omar');
    expect(storage.getItem(KEY)).not.toContain('jane');
    tab.chat.stop();
  });
});

describe('two tabs', () => {
  it('show one conversation', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    const a = await begin(server, storage, {}, 'a');
    const b = open(server, storage, {}, 'b');
    expect(await b.chat.resume()).toBe(true);
    await connect(b, server);
    a.chat.send('from a');
    b.chat.send('from b');
    await settle();
    server.write({ content: 'from the agent' });
    expect(shown(a)).toEqual(shown(b));
    expect(shown(a).map(([text]) => text).sort()).toEqual(['from a', 'from b', 'from the agent']);
    expect(outbox(storage)).toEqual([]);
    a.chat.stop();
    b.chat.stop();
  });

  it('that both find the same outbox send each message once', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    const a = await begin(server, storage, {}, 'a');
    server.fault = ({ method }) => (method === 'POST' ? 'no network' : undefined);
    for (const text of ['1', '2', '3']) a.chat.send(text);
    await settle();
    const b = open(server, storage, {}, 'b');
    await b.chat.resume();
    await connect(b, server);
    expect(shown(b).map(([text]) => text)).toEqual(['1', '2', '3']);
    expect(outbox(storage)).toEqual(['1', '2', '3']);
    server.fault = () => undefined;
    await pass(60_000);
    expect(shown(a)).toEqual(['1', '2', '3'].map((text) => [text, 'sent']));
    expect(shown(b)).toEqual(shown(a));
    expect(server.log).toHaveLength(3);
    a.chat.stop();
    b.chat.stop();
  });
});

describe('two tabs', () => {
  const writes = (storage: ReturnType<typeof memoryStorage>): { count: number } => {
    const counted = { count: 0 };
    const { setItem } = storage;
    storage.setItem = (key, value) => {
      if (storage.getItem(key) !== value) counted.count++;
      setItem(key, value);
    };
    return counted;
  };

  async function both(server: FakeServer, storage: ChatStorage): Promise<[Tab, Tab]> {
    const a = await begin(server, storage, {}, 'a');
    const b = open(server, storage, {}, 'b');
    await b.chat.resume();
    await connect(b, server);
    return [a, b];
  }

  it('know what was read in the other, also of what they have not heard of yet', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    const [a, b] = await both(server, storage);
    for (let n = 0; n < 3; n++) server.write();
    expect([a.chat.state.unread, b.chat.state.unread]).toEqual([3, 3]);
    const counted = writes(storage);
    b.world.socket.isUp = false;
    server.write();
    for (const sequence of [2, 1, 2, 4, 4, 99]) a.chat.read(sequence);
    expect(counted.count).toBe(2);
    b.world.signal('storage');
    expect([a.chat.state.unread, b.chat.state.unread]).toEqual([0, 0]);
    b.world.socket.isUp = true;
    b.world.socket.tell(server.log[3] as never);
    expect(b.chat.state).toMatchObject({ unread: 0, lastMessage: { sequence: 4 } });
    server.write();
    expect(b.chat.state.unread).toBe(1);
    await settle();
    expect(b.world.sent('POST', '/read')).toEqual([]);
    a.chat.stop();
    b.chat.stop();
  });

  it.each(['7', 'text', {}, null, -1])('take no other than a number for that: %j', async (value) => {
    const server = new FakeServer();
    const storage = memoryStorage();
    const [a, b] = await both(server, storage);
    b.chat.stop();
    server.write();
    const kept = JSON.parse(storage.getItem(KEY) ?? '') as object;
    for (const read of [value, { 'c-1': value }]) {
      storage.setItem(KEY, JSON.stringify({ ...kept, read }));
      a.world.signal('storage');
      expect([0, 1]).toContain(a.chat.state.unread);
      expect(typeof a.chat.state.conversation?.read.customer).toBe('number');
    }
    a.chat.stop();
  });

  it('do not take what was read of a log that is gone for read', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    const [a, b] = await both(server, storage);
    for (let n = 0; n < 5; n++) server.write();
    a.chat.read(5);
    for (const { world } of [a, b]) world.socket.drop();
    server.log = [];
    for (const tab of [a, b]) await connect(tab, server);
    for (let n = 0; n < 3; n++) server.write({ id: `new-${n}` });
    b.world.signal('storage');
    expect(b.chat.state.unread).toBe(3);
    a.chat.stop();
    b.chat.stop();
  });

  it('go on together: one that shows a chat that has ended shows the one that was begun in the other', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    const [a, b] = await both(server, storage);
    server.write();
    a.chat.read(1);
    server.happen('CONVERSATION_CLOSED', 'CLOSED');
    await settle();
    b.world.signal('storage');
    await settle();
    expect([a, b].map(({ chat }) => [chat.state.conversation?.id, chat.state.status])).toEqual([['c-1', 'CLOSED'], ['c-1', 'CLOSED']]);
    const next = new FakeServer('c-2');
    for (const { world } of [a, b]) next.serve(world);
    await a.chat.start();
    await connect(a, next);
    a.chat.send('hello again');
    await settle();
    next.fault = ({ method }) => (method === 'POST' ? 'no network' : undefined);
    a.chat.send('waits');
    await settle();
    const kept = JSON.parse(storage.getItem(KEY) ?? '') as Record<string, unknown>;
    expect(kept.read).toEqual({});
    const statuses: unknown[] = [];
    b.chat.subscribe(() => statuses.push(b.chat.state.status));
    b.world.signal('storage');
    b.world.signal('storage');
    await settle();
    await connect(b, next);
    expect(b.chat.state).toMatchObject({ connection: 'online', conversation: { id: 'c-2' }, status: 'CONNECTED' });
    expect(shown(b)).toEqual([['hello again', 'sent'], ['waits', 'sending']]);
    expect(statuses).not.toContain(null);
    expect(outbox(storage)).toEqual(['waits']);
    expect((JSON.parse(storage.getItem(KEY) ?? '') as Record<string, unknown>).startKey).toBe(kept.startKey);
    a.chat.stop();
    b.chat.stop();
    expect([a.world.listeners, b.world.listeners, vi.getTimerCount()]).toEqual([0, 0, 0]);
  });

  it('go on together, also where one hears late that the former has ended, and takes nothing from the next', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    const [a, b] = await both(server, storage);
    b.world.socket.isUp = false;
    server.happen('CONVERSATION_CLOSED', 'CLOSED');
    await settle();
    const next = new FakeServer('c-2');
    next.serve(a.world);
    b.world.answer = (request) => (request.path.includes('c-2') ? a.world.answer(request) : { status: 503 });
    await a.chat.start();
    const { startKey } = JSON.parse(storage.getItem(KEY) ?? '') as { startKey?: string };
    b.world.signal('storage');
    await settle();
    expect(b.chat.state.conversation?.id).toBe('c-1');
    b.world.socket.tell(server.log[0] as never);
    await settle();
    expect(b.chat.state.conversation?.id).toBe('c-2');
    expect((JSON.parse(storage.getItem(KEY) ?? '') as { startKey?: string }).startKey).toBe(startKey);
    a.chat.stop();
    b.chat.stop();
  });

  it('stay where they are while the next cannot be had, and start what they were told to', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    const [a, b] = await both(server, storage);
    server.happen('CONVERSATION_CLOSED', 'CLOSED');
    await settle();
    const next = new FakeServer('c-2');
    for (const { world } of [a, b]) next.serve(world);
    await a.chat.start();
    const { answer } = b.world;
    b.world.answer = () => 'no network';
    b.world.signal('storage');
    await pass(5000);
    expect(b.chat.state).toMatchObject({ status: 'CLOSED', conversation: { id: 'c-1' } });
    const started = b.chat.start();
    b.world.signal('storage');
    b.world.answer = answer;
    await pass(60_000);
    expect((await started).id).toBe('c-2');
    expect(b.chat.state.conversation?.id).toBe('c-2');
    a.chat.stop();
    b.chat.stop();
  });
});

describe('gaps', () => {
  it('are filled by one reading, and what came too early waits for it', async () => {
    const server = new FakeServer();
    const tab = await begin(server);
    server.worlds.length = 0;
    for (let n = 0; n < 450; n++) server.write();
    tab.world.requests.length = 0;
    tab.world.socket.tell(server.log[448] as never);
    tab.world.socket.tell(server.log[449] as never);
    tab.world.socket.tell(server.log[0] as never);
    await settle();
    expect(tab.chat.state.messages.map((one) => one.sequence)).toEqual(server.log.map((item) => item.sequence));
    expect(tab.world.requests.map((one) => one.path.split('?')[1])).toEqual(['after=0&limit=200', 'after=200&limit=200', 'after=400&limit=200']);
    tab.chat.stop();
  });

  it('are noticed by SESSION_READY after a reconnect', async () => {
    const server = new FakeServer();
    const tab = await begin(server);
    for (let n = 0; n < 3; n++) server.write();
    tab.world.socket.drop();
    expect(tab.chat.state.connection).toBe('offline');
    server.write();
    const auth = await tab.world.socket.accept();
    // The last one that was seen comes once more.
    expect(auth.after).toBe(2);
    tab.world.socket.say('system:event', server.ready());
    await settle();
    expect(tab.chat.state.messages).toHaveLength(4);
    tab.chat.stop();
  });

  it('are read again and again until it succeeds', async () => {
    const server = new FakeServer();
    const tab = await begin(server);
    server.worlds.length = 0;
    server.write();
    server.write();
    server.fault = ({ path }) => (path.includes('/events') ? { status: 503 } : undefined);
    tab.world.socket.tell(server.log[1] as never);
    await pass(10_000);
    expect(tab.chat.state.messages).toEqual([]);
    server.fault = () => undefined;
    await pass(30_000);
    expect(tab.chat.state.messages).toHaveLength(2);
    tab.chat.stop();
  });

  it('load older entries page by page', async () => {
    const server = new FakeServer();
    for (let n = 0; n < 230; n++) server.write();
    server.read = { customer: 200, agent: 0 };
    const tab = await begin(server);
    expect(tab.chat.state.messages).toHaveLength(100);
    expect(tab.chat.state.hasMore).toBe(true);
    expect(await tab.chat.loadOlder()).toBe(true);
    expect(await tab.chat.loadOlder()).toBe(false);
    expect(await tab.chat.loadOlder()).toBe(false);
    expect(tab.chat.state.messages.map((one) => one.sequence)).toEqual(server.log.map((item) => item.sequence));
    tab.chat.stop();
  });
});

describe('a store that was restored from a backup', () => {
  it('is shown as it is: fewer entries', async () => {
    const server = new FakeServer();
    const tab = await begin(server);
    for (let n = 0; n < 5; n++) server.write();
    tab.world.socket.drop();
    server.log = server.log.slice(0, 3);
    await connect(tab, server);
    expect(tab.chat.state.messages.map((one) => one.sequence)).toEqual([1, 2, 3]);
    server.write();
    expect(tab.chat.state.messages).toHaveLength(4);
    tab.chat.stop();
  });

  it('is shown as it is: others, and read over REST before the socket is back', async () => {
    const server = new FakeServer();
    const tab = await begin(server);
    for (let n = 0; n < 5; n++) server.write();
    tab.world.socket.drop();
    server.log = server.log.slice(0, 4);
    server.write({ id: 'new' });
    tab.chat.send('hello');
    server.write();
    tab.chat.send('again');
    await settle();
    expect(tab.chat.state.messages.map((one) => one.id)).toEqual(['m-1', 'm-2', 'm-3', 'm-4', 'new', 'm-6', 'm-7', 'm-8']);
    tab.chat.stop();
  });

  it('is shown as it is: as many entries, but others', async () => {
    const server = new FakeServer();
    const tab = await begin(server);
    for (let n = 0; n < 5; n++) server.write();
    tab.world.socket.drop();
    server.log = server.log.slice(0, 3);
    for (let n = 0; n < 4; n++) server.write({ id: `new-${n}` });
    const auth = await tab.world.socket.accept();
    tab.world.socket.say('system:event', server.ready());
    for (const item of server.log.filter((one) => one.sequence > Number(auth.after))) tab.world.socket.tell(item);
    await settle();
    expect(tab.chat.state.messages.map((one) => one.id)).toEqual(['m-1', 'm-2', 'm-3', 'new-0', 'new-1', 'new-2', 'new-3']);
    tab.chat.stop();
  });
});

describe('a token', () => {
  const session = (server: FakeServer, sessionToken: string): Answer => ({
    body: { conversationId: server.id, status: server.status, resumed: true, conversation: server.conversation, sessionToken },
  });
  const guarded = (server: FakeServer, valid: () => string, issue: (refused: string | undefined) => Answer): void => {
    server.fault = ({ path, headers }) => {
      if (path.endsWith('/sessions')) return issue(headers.Authorization);
      return headers.Authorization === `Bearer ${valid()}` ? undefined : { status: 401, body: { code: 'unauthenticated', message: 'Who are you?' } };
    };
  };

  it('of the session goes with each call and into the socket', async () => {
    const server = new FakeServer();
    guarded(server, () => 't1', () => session(server, 't1'));
    const tab = open(server);
    await tab.chat.start();
    expect(await connect(tab, server)).toMatchObject({ token: 't1' });
    tab.chat.send('hello');
    await settle();
    expect(shown(tab)).toEqual([['hello', 'sent']]);
    tab.chat.stop();
  });

  it('that is over is renewed once for all that wait, and they go on', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    let valid = 't1';
    guarded(server, () => valid, () => session(server, valid));
    const tab = await begin(server, storage);
    valid = 't2';
    tab.chat.send('hello');
    server.write();
    tab.chat.read(1);
    await settle();
    expect(shown(tab).map(([, delivery]) => delivery)).toEqual(['sent', 'sent']);
    const renewals = tab.world.sent('POST', '/sessions').slice(1);
    expect(renewals).toHaveLength(1);
    expect(renewals[0]?.headers.Authorization).toBe('Bearer t1');
    expect(renewals[0]?.body).toMatchObject({ fingerprint: 'tab-id-000000000001', displayName: 'Jane' });
    tab.chat.stop();
  });

  it('that was renewed meanwhile is not renewed again', async () => {
    const server = new FakeServer();
    let valid = 't1';
    guarded(server, () => valid, () => session(server, valid));
    const tab = await begin(server);
    server.write();
    const { answer } = tab.world;
    tab.world.answer = async (request) => {
      const given = answer(request);
      if (request.path.endsWith('/read')) await new Promise((resolve) => setTimeout(resolve, 1000));
      return given;
    };
    valid = 't2';
    tab.chat.read(1);
    tab.chat.send('hello');
    await pass(3000);
    expect(tab.world.sent('POST', '/sessions')).toHaveLength(2);
    expect(tab.world.sent('POST', '/read').map((one) => one.headers.Authorization)).toEqual(['Bearer t1', 'Bearer t2']);
    tab.chat.stop();
  });

  it('that is no good after that either fails what was sent', async () => {
    const server = new FakeServer();
    let valid = 't1';
    guarded(server, () => valid, () => session(server, 't1'));
    const tab = await begin(server);
    valid = 'none';
    tab.chat.send('1');
    tab.chat.send('2');
    await settle();
    expect(tab.chat.state.messages.map((one) => one.error?.code)).toEqual(['unauthenticated', 'unauthenticated']);
    expect(tab.world.sent('POST', '/sessions')).toHaveLength(2);
    tab.chat.stop();
  });

  it('that is too old to be renewed is left out, and the start key says who it is', async () => {
    const server = new FakeServer();
    let valid = 't1';
    guarded(server, () => valid, (refused) => (refused === undefined ? session(server, valid) : { status: 401, body: null }));
    const tab = await begin(server);
    valid = 't2';
    tab.chat.send('hello');
    await settle();
    expect(shown(tab)).toEqual([['hello', 'sent']]);
    tab.chat.stop();
  });

  it('that is over lets the socket in again after it was renewed', async () => {
    const server = new FakeServer();
    let valid = 't1';
    guarded(server, () => valid, () => session(server, valid));
    const tab = await begin(server);
    valid = 't2';
    const { socket } = tab.world;
    socket.drop(true);
    await pass(1000);
    expect(socket.reconnects).toBe(1);
    socket.refuse(new ChatError('unauthenticated', 'Over.', { status: 401 }));
    await settle();
    expect(socket.reconnects).toBe(2);
    expect(await connect(tab, server)).toMatchObject({ token: 't2' });
    expect(tab.chat.state.connection).toBe('online');
    tab.chat.stop();
  });

  it('of the website’s own is asked for again when it is refused', async () => {
    const server = new FakeServer();
    let valid = 'jwt-1';
    server.fault = ({ headers }) => (headers.Authorization === `Bearer ${valid}` ? undefined : { status: 401 });
    const tab = await begin(server, undefined, { token: () => Promise.resolve(valid) });
    expect(tab.world.sent('POST', '/sessions')[0]?.body).not.toHaveProperty('fingerprint');
    valid = 'jwt-2';
    tab.chat.send('hello');
    await settle();
    expect(shown(tab)).toEqual([['hello', 'sent']]);
    tab.chat.stop();
  });

  it('that ended with its conversation leads into a new one, with what was not sent', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    let valid = 't1';
    guarded(server, () => valid, () => session(server, valid));
    const tab = await begin(server, storage);
    const next = new FakeServer('c-2');
    valid = 't2';
    guarded(next, () => valid, () => session(next, valid));
    next.serve(tab.world);
    tab.chat.send('still there?');
    await settle();
    expect(tab.chat.state.conversation?.id).toBe('c-2');
    expect(shown(tab)).toEqual([['still there?', 'sent']]);
    expect(next.log).toHaveLength(1);
    expect(outbox(storage)).toEqual([]);
    tab.chat.stop();
  });
});

describe('the connection', () => {
  it('is not believed while the browser says offline', async () => {
    const server = new FakeServer();
    const tab = await begin(server);
    tab.world.signal('offline');
    expect(tab.chat.state.connection).toBe('offline');
    tab.world.signal('online');
    expect(tab.world.socket.reconnects).toBe(1);
    await connect(tab, server);
    expect(tab.chat.state.connection).toBe('online');
    tab.chat.stop();
  });

  it('is looked into after the page was hidden for long', async () => {
    const server = new FakeServer();
    const tab = await begin(server);
    server.worlds.length = 0;
    server.write();
    tab.world.signal('hidden');
    await pass(31_000);
    tab.world.signal('visible');
    await settle();
    expect(tab.chat.state.messages).toHaveLength(1);
    tab.chat.stop();
  });

  it('that the server ends at once each time comes back more and more slowly', async () => {
    const server = new FakeServer();
    const tab = await begin(server);
    const { socket } = tab.world;
    const waits: number[] = [];
    for (let n = 0; n < 5; n++) {
      socket.drop(true);
      const from = Date.now();
      const before = socket.reconnects;
      while (socket.reconnects === before) await pass(100);
      waits.push(Date.now() - from);
      await socket.accept();
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000]);
    tab.chat.stop();
  });

  it('that is refused for good says so', async () => {
    const server = new FakeServer();
    const tab = await begin(server);
    tab.world.socket.drop();
    tab.world.socket.refuse(new ChatError('forbidden', 'Not yours.', { status: 403 }));
    await settle();
    expect(tab.chat.state).toMatchObject({ connection: 'offline', error: { code: 'forbidden', message: 'Not yours.' } });
    tab.chat.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves no timer, listener or socket behind after stop, and keeps what is stored and shown', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    const tab = await begin(server, storage);
    server.write();
    tab.world.socket.say('chat:typing', { conversationId: 'c-1', participant: { id: 'agent-1', type: 'AGENT' }, typing: true, expiresAt: null });
    expect(tab.chat.state.agentTyping).toBe(true);
    server.fault = () => 'silence';
    tab.chat.send('hello');
    tab.chat.read(1);
    tab.chat.stop();
    await settle();
    expect(vi.getTimerCount()).toBe(0);
    expect(tab.world.listeners).toBe(0);
    expect(tab.world.socket.isOpen).toBe(false);
    expect(outbox(storage)).toEqual(['hello']);
    expect(tab.chat.state.connection).toBe('idle');
    expect(shown(tab)).toHaveLength(2);
  });

  it('is over in every tab when one is reset', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    const a = await begin(server, storage, {}, 'a');
    const b = open(server, storage, {}, 'b');
    await b.chat.resume();
    a.world.signal('storage');
    expect(a.chat.state.connection).toBe('online');
    b.chat.reset();
    a.world.signal('storage');
    expect(a.chat.state).toMatchObject({ status: null, connection: 'idle', messages: [] });
    expect([a.world.listeners, b.world.listeners]).toEqual([0, 0]);
  });

  it('reset forgets everything', async () => {
    const storage = memoryStorage();
    const tab = await begin(new FakeServer(), storage);
    tab.chat.reset();
    expect(storage.kept.size).toBe(0);
    expect(tab.chat.state).toMatchObject({ status: null, connection: 'idle', messages: [], conversation: null });
    expect(await tab.chat.resume()).toBe(false);
  });

  it('reset writes nothing: of two tabs that each reset when the other has, both would go on for ever', async () => {
    const storage = memoryStorage();
    const tab = await begin(new FakeServer(), storage);
    const writes = vi.spyOn(storage, 'setItem');
    tab.chat.reset();
    tab.chat.reset();
    expect(writes).not.toHaveBeenCalled();
  });
});

describe('signals', () => {
  it('show place, typing, reading and absence', async () => {
    const server = new FakeServer();
    server.status = 'QUEUED';
    const tab = await begin(server);
    const place = (position: number): unknown =>
      systemEvent('QUEUE_POSITION', null, conversation({ status: 'QUEUED', agent: null, queue: { position, estimatedWaitSeconds: null } }));
    tab.world.socket.say('system:event', place(2));
    expect(tab.chat.state.queue?.position).toBe(2);
    tab.world.socket.say('system:event', place(1));
    expect(tab.chat.state.queue?.position).toBe(1);
    server.happen('CONVERSATION_ASSIGNED', 'ASSIGNED');
    expect(tab.chat.state).toMatchObject({ status: 'ASSIGNED', queue: null });
    const participant = { id: 'agent-1', type: 'AGENT', displayName: null };
    const typing = { conversationId: 'c-1', participant, typing: true, expiresAt: null };
    tab.world.socket.say('chat:typing', typing);
    await pass(5000);
    tab.world.socket.say('chat:typing', typing);
    await pass(5000);
    expect(tab.chat.state.agentTyping).toBe(true);
    await pass(2001);
    expect(tab.chat.state.agentTyping).toBe(false);
    server.write();
    tab.world.socket.say('chat:read', { conversationId: 'c-1', participant, sequence: 2, timestamp: '' });
    expect(tab.chat.state.readByAgent).toBe(2);
    expect(tab.chat.state.unread).toBe(1);
    tab.world.socket.say('system:event', systemEvent('PARTICIPANT_DISCONNECTED', null, server.conversation));
    expect(tab.chat.state.agentAway).toBe(true);
    tab.chat.stop();
  });

  it('are told sparingly: typing again after three seconds, and its end', async () => {
    const tab = await begin(new FakeServer());
    tab.chat.typing('H');
    tab.chat.typing('He');
    await pass(3000);
    tab.chat.typing(true);
    tab.chat.typing('');
    tab.chat.typing(false);
    expect(tab.world.socket.emitted.map((one) => (one.payload as { typing: boolean }).typing)).toEqual([true, true, false]);
    tab.chat.stop();
  });

  it('mark as read once, whatever comes between', async () => {
    const server = new FakeServer();
    const tab = await begin(server);
    for (let n = 0; n < 3; n++) server.write();
    let isFaulty = true;
    server.fault = ({ path }) => (isFaulty && path.endsWith('/read') ? 'no network' : undefined);
    tab.chat.read(2);
    tab.chat.read(1);
    tab.chat.read(99);
    expect(tab.chat.state.unread).toBe(0);
    await settle();
    isFaulty = false;
    await pass(5000);
    expect(tab.world.sent('POST', '/read').map((one) => one.body?.sequence)).toEqual([2, 2, 3]);
    tab.chat.stop();
  });

  it('that are malformed do nothing', async () => {
    const tab = await begin(new FakeServer());
    const before = tab.chat.state;
    for (const payload of [null, 7, 'x', [], {}, { message: {} }, { type: 'CONVERSATION_CLOSED' }, { participant: null }, { participant: { type: 'AGENT' } }]) {
      for (const name of ['chat:message', 'system:event', 'chat:typing', 'chat:read', 'system:error', 'other']) tab.world.socket.say(name, payload);
    }
    expect(tab.chat.state).toBe(before);
    tab.chat.stop();
  });
});

describe('close', () => {
  it('comes after what is in the outbox', async () => {
    const server = new FakeServer();
    const tab = await begin(server);
    let failures = 1;
    server.fault = ({ path }) => (path.endsWith('/messages') && failures-- > 0 ? { status: 503 } : undefined);
    tab.chat.send('bye');
    const closed = tab.chat.close('done');
    await pass(1000);
    await closed;
    const calls = tab.world.requests.filter((one) => one.method === 'POST').map((one) => one.path.split('/').at(-1));
    expect(calls).toEqual(['sessions', 'messages', 'messages', 'close']);
    expect(tab.chat.state.status).toBe('CLOSED');
    tab.chat.stop();
  });

  it('does not come before what was said', async () => {
    const server = new FakeServer();
    const tab = await begin(server);
    let isAway = true;
    server.fault = ({ path }) => (isAway && path.endsWith('/messages') ? 'no network' : undefined);
    tab.chat.send('not lost');
    const refused = expect(tab.chat.close()).rejects.toMatchObject({ code: 'timeout' });
    await pass(20_000);
    await refused;
    expect(tab.chat.state.status).not.toBe('CLOSED');
    isAway = false;
    await pass(60_000);
    await tab.chat.close();
    expect(shown(tab)).toEqual([['not lost', 'sent']]);
    tab.chat.stop();
  });

  it('does not wait for ever', async () => {
    const server = new FakeServer();
    const tab = await begin(server);
    server.fault = ({ method }) => (method === 'POST' ? 'no network' : undefined);
    tab.chat.send('bye');
    const refused = expect(tab.chat.close()).rejects.toMatchObject({ code: 'timeout' });
    await pass(40_000);
    await refused;
    tab.chat.stop();
  });
});

describe('storage', () => {
  it.each(['getItem', 'setItem', 'removeItem'] as const)('whose %s throws is as none', async (broken) => {
    const storage = {
      ...memoryStorage(),
      [broken]: () => {
        throw new Error('SecurityError');
      },
    };
    const server = new FakeServer();
    const tab = await begin(server, storage);
    tab.chat.send('hello');
    await settle();
    expect(shown(tab)).toEqual([['hello', 'sent']]);
    await tab.chat.start();
    expect(tab.world.sent('POST', '/sessions').map((one) => one.body?.fingerprint)).toEqual(['tab-id-000000000001', 'tab-id-000000000001']);
    tab.chat.stop();
    tab.chat.reset();
    expect(tab.chat.state.messages).toEqual([]);
    expect(await tab.chat.resume()).toBe(false);
  });

  it.each(['{', 'null', '7', '[]', '{"outbox":7}', '{"outbox":{"c-1":{}}}'])('that holds %s is as empty', async (text) => {
    const storage = memoryStorage();
    storage.setItem(KEY, text);
    const tab = await begin(new FakeServer(), storage);
    tab.chat.send('hello');
    await settle();
    expect(shown(tab)).toEqual([['hello', 'sent']]);
    tab.chat.stop();
  });

  const shape = { fingerprint: 'visitor', startKey: 'start-key', sessionToken: 'token', conversationId: 'c-1', outbox: {} };
  const unsent = { clientMessageId: 'left', content: 'left', metadata: null, at: '2025-11-13T11:36:00Z' };

  it.each<[string, unknown]>([
    ...[7, null, true, {}, [], '', ' ', 'x'.repeat(4001), 'nul\0', 'half \ud83d'].flatMap((value) => ['fingerprint', 'startKey', 'sessionToken', 'conversationId'].map((name): [string, unknown] => [name, value])),
    ...['fingerprint', 'startKey', 'conversationId'].map((name): [string, unknown] => [name, 'x'.repeat(201)]),
    ...['line\nbreak', 'naïve', 'two words'].flatMap((value) => ['startKey', 'sessionToken', 'conversationId'].map((name): [string, unknown] => [name, value])),
  ])('that holds a %s of %j has none', async (name, value) => {
    const storage = memoryStorage();
    storage.setItem(KEY, JSON.stringify({ ...shape, [name]: value }));
    const server = new FakeServer();
    const tab = open(server, storage);
    expect(await tab.chat.resume()).toBe(name !== 'conversationId');
    tab.chat.stop();
    await tab.chat.start();
    await connect(tab, server);
    const call = tab.world.sent('POST', '/sessions')[0];
    const told = { fingerprint: call?.body?.fingerprint, startKey: call?.headers['Idempotency-Key'], sessionToken: call?.headers.Authorization };
    const { fingerprint, startKey } = shape;
    const others = { fingerprint, startKey, sessionToken: 'Bearer token' };
    const made: unknown = name === 'sessionToken' ? undefined : expect.stringMatching(/^tab-id-/);
    expect(told).toEqual(name in others ? { ...others, [name]: made } : others);
    tab.chat.stop();
  });

  it.each([
    null, 7, 'text', [], {}, { ...unsent, clientMessageId: 7 }, { ...unsent, content: undefined }, { ...unsent, content: ' ' }, { ...unsent, metadata: 'a' }, { ...unsent, at: 'then' }, { ...unsent, at: 7 },
  ])('whose outbox holds %j holds nothing there, and sends what is about it', async (malformed) => {
    const storage = memoryStorage();
    storage.setItem(KEY, JSON.stringify({ ...shape, outbox: { 'c-1': [unsent, malformed, { ...unsent, clientMessageId: 'more', content: 'more' }] } }));
    const server = new FakeServer();
    const tab = open(server, storage);
    await tab.chat.resume();
    await connect(tab, server);
    expect(shown(tab)).toEqual([['left', 'sent'], ['more', 'sent']]);
    expect(outbox(storage)).toEqual([]);
    tab.chat.stop();
  });
});

describe('listeners', () => {
  it('that throw stop nobody: the console says so', async () => {
    const error = vi.spyOn(console, 'error').mockReturnValue();
    const server = new FakeServer();
    const tab = await begin(server);
    const states: unknown[] = [];
    tab.chat.subscribe(() => {
      throw new Error('a bug of the page');
    });
    tab.chat.subscribe(() => states.push(tab.chat.state));
    server.write();
    tab.chat.send('hello');
    await settle();
    expect(states.at(-1)).toMatchObject({ messages: [{ content: 'text 1' }, { content: 'hello', delivery: 'sent' }] });
    expect(error).toHaveBeenCalledWith(new Error('a bug of the page'));
    tab.chat.stop();
    error.mockRestore();
  });

  it('are told of each change until they end, and harm nobody', async () => {
    const server = new FakeServer();
    const tab = await begin(server);
    const states: unknown[] = [];
    const end = tab.chat.subscribe(() => states.push(tab.chat.state));
    server.write();
    server.write();
    expect(states).toHaveLength(2);
    expect(new Set(states).size).toBe(2);
    end();
    server.write();
    expect(states).toHaveLength(2);
    // What has not changed keeps its identity.
    const { messages } = tab.chat.state;
    tab.world.signal('offline');
    expect(tab.chat.state.messages).toBe(messages);
    tab.chat.stop();
  });
});

describe('a socket that brings nothing', () => {
  it('is made anew when it does not bring what was said', async () => {
    const server = new FakeServer();
    server.echoes = false;
    const tab = await begin(server);
    tab.chat.send('hello');
    await pass(7_999);
    expect(shown(tab)).toEqual([['hello', 'sent']]);
    expect(tab.world.socket.reconnects).toBe(0);
    await pass(1);
    expect(tab.world.socket.reconnects).toBe(1);
    tab.chat.send('again');
    await settle();
    tab.chat.stop();
    await settle();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is left alone where it does, before the answer or after it', async () => {
    const server = new FakeServer();
    const tab = await begin(server);
    for (const text of ['one', 'two', 'three']) tab.chat.send(text);
    await pass(60_000);
    server.echoes = false;
    tab.chat.send('four');
    await pass(5_000);
    for (const item of server.log.slice(-1)) tab.world.socket.tell(item);
    await pass(60_000);
    expect(shown(tab).map(([text]) => text)).toEqual(['one', 'two', 'three', 'four']);
    expect(tab.world.socket.reconnects).toBe(0);
    tab.chat.stop();
  });
});

describe('a start that is not answered', () => {
  it('goes on after a reload, as the same', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    const before = open(server, storage, {}, 'before');
    server.fault = () => 'silence';
    void before.chat.start({ displayName: 'Jane', metadata: { page: '/' } }).catch(() => undefined);
    await settle();
    before.chat.stop();

    server.fault = () => undefined;
    const after = open(server, storage, {}, 'after');
    expect(await after.chat.resume()).toBe(true);
    const [first] = before.world.sent('POST', '/sessions');
    const [second] = after.world.sent('POST', '/sessions');
    expect(second?.body).toEqual(first?.body);
    expect(second?.body).toMatchObject({ displayName: 'Jane', metadata: { page: '/' } });
    after.chat.stop();
    expect(await open(server, storage, {}, 'later').chat.resume()).toBe(true);
    expect(JSON.parse(storage.getItem(KEY) ?? '{}')).not.toHaveProperty('starting');
  });

  it('is not begun by another tab after a reset, whoever resets and whoever has the lock', async () => {
    for (const resetFirst of ['a', 'b'] as const) {
      const server = new FakeServer();
      const storage = memoryStorage();
      const queue: (() => void)[] = [];
      let isHeld = false;
      const locks: Locks = {
        async request(_name, { signal }, held) {
          if (isHeld) await new Promise<void>((resolve, reject) => {
            queue.push(resolve);
            signal.addEventListener('abort', () => reject(new Error('aborted')));
          });
          isHeld = true;
          await held().finally(() => {
            isHeld = false;
            queue.shift()?.();
          });
        },
      };
      const tabs = ['a', 'b'].map((name) => {
        const world = new World(name);
        server.serve(world);
        return { world, chat: new CustomerChat({ rest: REST, gateway: GATEWAY, storage }, { ...world.environment, locks }) };
      }) as [Tab, Tab];
      server.fault = () => 'silence';
      void tabs[0].chat.start({ displayName: 'Jane' }).catch(() => undefined);
      await settle();
      void tabs[1].chat.resume().catch(() => undefined);
      await settle();
      tabs[resetFirst === 'a' ? 0 : 1].chat.reset();
      await settle();
      if (resetFirst === 'b') tabs[0].chat.reset();
      await settle();
      expect(storage.kept.size).toBe(0);
      expect(tabs[1].world.sent('POST', '/sessions')).toEqual([]);
      for (const { chat } of tabs) chat.stop();
    }
  });

  it('is no start where a conversation goes on', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    const tab = await begin(server, storage);
    server.fault = () => 'silence';
    void tab.chat.start({ displayName: 'Renamed' }).catch(() => undefined);
    await settle();
    expect(JSON.parse(storage.getItem(KEY) ?? '{}')).not.toHaveProperty('starting');
    tab.chat.stop();
  });

  it('is over where it was refused', async () => {
    const server = new FakeServer();
    const storage = memoryStorage();
    server.fault = () => ({ status: 400, body: { code: 'validation', message: 'No.' } });
    await expect(open(server, storage).chat.start({ displayName: 'x' })).rejects.toThrow(expect.objectContaining({ code: 'validation' }));
    expect(await open(server, storage).chat.resume()).toBe(false);
  });
});

describe('what is no argument', () => {
  it('is told with a code, or does nothing', async () => {
    const server = new FakeServer();
    const tab = await begin(server);
    for (const nothing of [undefined, null]) {
      expect(() => tab.chat.retry(nothing as unknown as ChatMessage)).not.toThrow();
      expect(tab.chat.send('hello', nothing as never).content).toBe('hello');
      await expect(open(server).chat.start(nothing as never)).resolves.toBeDefined();
    }
    const circle: Record<string, unknown> = {};
    circle.circle = circle;
    await expect(open(server).chat.start({ metadata: circle })).rejects.toThrow(expect.objectContaining({ code: 'validation' }));
  });

  it('an asynchronous listener that fails stops nothing', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const tab = open(new FakeServer());
    tab.chat.subscribe(async () => Promise.reject(new Error('of the listener')));
    await tab.chat.start();
    await settle();
    expect(logged).toHaveBeenCalledWith(expect.objectContaining({ message: 'of the listener' }));
    logged.mockRestore();
  });
});
