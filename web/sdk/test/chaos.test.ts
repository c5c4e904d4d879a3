import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CustomerChat } from '../src/customer.js';
import { FakeServer, GATEWAY, REST, World, memoryStorage, pass, settle, type Answer } from './fakes.js';

beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2025-11-13T11:36:03Z') }));
afterEach(() => void vi.useRealTimers());

type Step =
  | { readonly do: 'send' | 'reload' | 'drop' | 'connect' | 'lose an event'; readonly tab: number }
  | { readonly do: 'write' | 'heal' | 'online' }
  | { readonly do: 'wait'; readonly milliseconds: number }
  /** `taken`: the server does it, and its answer is lost. */
  | { readonly do: 'break'; readonly how: 'no network' | 'silence' | 'taken' | 500 | 429 };

const tab = fc.nat(1);
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('send' as const), tab }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('reload' as const, 'drop' as const, 'connect' as const, 'lose an event' as const), tab }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('write' as const, 'heal' as const, 'online' as const) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), milliseconds: fc.constantFrom(0, 100, 1000, 20_000) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('break' as const), how: fc.constantFrom('no network' as const, 'silence' as const, 'taken' as const, 500 as const, 429 as const) }) },
  ),
  { minLength: 5, maxLength: 40 },
);

/** A visitor with two tabs over one storage, and a network that does what it likes. */
class Visitor {
  readonly server = new FakeServer();
  readonly storage = memoryStorage();
  readonly tabs: { world: World; chat: CustomerChat }[] = [];
  readonly sent: string[][] = [[], []];
  #pages = 0;

  async begin(): Promise<void> {
    await this.open(0);
    await this.tabs[0]?.chat.start();
    await this.open(1);
    await this.connect(0);
    await this.connect(1);
  }

  async open(index: number): Promise<void> {
    const world = new World(`page${++this.#pages}`);
    this.server.serve(world);
    this.tabs[index] = { world, chat: new CustomerChat({ rest: REST, gateway: GATEWAY, storage: this.storage }, world.environment) };
    if (this.#pages > 1) void this.tabs[index]?.chat.resume().catch(() => undefined);
    await settle();
  }

  async connect(index: number): Promise<void> {
    const socket = this.tabs[index]?.world.sockets.at(-1);
    if (!socket || socket.isUp || !socket.isOpen) return;
    const auth = await socket.accept();
    socket.say('system:event', this.server.ready());
    if (auth.after !== undefined) for (const item of this.server.log) if (item.sequence > Number(auth.after)) socket.tell(item);
    await settle();
  }

  break(how: 'no network' | 'silence' | 'taken' | 500 | 429 | 'not'): void {
    const { server } = this;
    if (how === 'not') server.fault = () => undefined;
    else if (how === 'taken') {
      server.fault = ({ path, body }): Answer | undefined => {
        if (!path.endsWith('/messages')) return 'no network';
        const known = server.log.some((item) => item.event === 'chat:message' && item.payload.message.clientMessageId === body?.clientMessageId);
        if (!known) server.write({ sender: { id: 'visitor', type: 'CUSTOMER', displayName: null }, content: String(body?.content), clientMessageId: String(body?.clientMessageId) });
        return 'no network';
      };
    } else server.fault = () => (typeof how === 'number' ? { status: how, headers: how === 429 ? { 'Retry-After': '3' } : {} } : how);
  }

  async step(step: Step): Promise<void> {
    if (step.do === 'send') {
      const text = `${step.tab}:${this.sent[step.tab]?.length}`;
      try {
        this.tabs[step.tab]?.chat.send(text);
        this.sent[step.tab]?.push(text);
      } catch {
        // A page that has not resumed yet takes none.
      }
    } else if (step.do === 'reload') {
      this.tabs[step.tab]?.chat.stop();
      await this.open(step.tab);
    } else if (step.do === 'drop') {
      const socket = this.tabs[step.tab]?.world.sockets.at(-1);
      if (socket?.isUp) socket.drop();
    } else if (step.do === 'connect') await this.connect(step.tab);
    else if (step.do === 'lose an event') {
      const socket = this.tabs[step.tab]?.world.sockets.at(-1);
      if (!socket?.isUp) return;
      socket.isUp = false;
      this.server.write({ content: 'lost on the way' });
      socket.isUp = true;
    } else if (step.do === 'write') this.server.write({ content: 'from the agent' });
    else if (step.do === 'heal') this.break('not');
    else if (step.do === 'online') for (const { world } of this.tabs) world.signal('online');
    else if (step.do === 'wait') await pass(step.milliseconds);
    else if (step.do === 'break') this.break(step.how);
  }
}

it('whatever the network and the visitor do: each message once, in the order of its tab, and every page shows the log', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const visitor = new Visitor();
      await visitor.begin();
      for (const step of all) await visitor.step(step);

      visitor.break('not');
      await pass(60_000);
      for (const index of [0, 1]) await visitor.connect(index);
      // Whoever missed something learns of it by the next that comes.
      visitor.server.write({ content: 'the last' });
      await pass(60_000);
      const contents = visitor.server.log.map((item) => (item.event === 'chat:message' ? item.payload.message.content : ''));
      for (const index of [0, 1]) {
        expect(contents.filter((content) => content.startsWith(`${index}:`))).toEqual(visitor.sent[index]);
        const { state } = visitor.tabs[index]?.chat as CustomerChat;
        expect(state.messages.map((one) => one.content)).toEqual(contents);
        expect(state.messages.every((one) => one.delivery === 'sent')).toBe(true);
        expect(state.connection).toBe('online');
      }
      const kept = JSON.parse([...visitor.storage.kept.values()][0] ?? '') as { outbox?: object };
      expect(kept.outbox ?? {}).toEqual({});
      for (const { chat } of visitor.tabs) chat.stop();
      expect(vi.getTimerCount()).toBe(0);
    }),
    { numRuns: 150 },
  );
}, 60_000);
