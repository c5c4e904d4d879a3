import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Locks } from '../src/environment.js';
import { ChatError } from '../src/error.js';
import { LOCK_TIMEOUT } from '../src/alone.js';
import { Outbox } from '../src/outbox.js';
import { Repeater } from '../src/repeat.js';
import type { ChatMessage } from '../src/types.js';
import type { Message } from '../src/wire.js';
import { AT, message, pass, settle } from './fakes.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** As the browser's: one holder, the others in a row, a wait that can be given up. */
class FakeLocks implements Locks {
  #last: Promise<void> = Promise.resolve();
  holders = 0;
  most = 0;

  async request(_name: string, { signal }: { signal: AbortSignal }, held: () => Promise<void>): Promise<void> {
    const before = this.#last;
    let release = (): void => undefined;
    this.#last = new Promise((resolve) => (release = resolve));
    try {
      await new Promise<void>((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
        void before.then(resolve);
      });
      this.most = Math.max(this.most, ++this.holders);
      await held();
      this.holders--;
    } finally {
      release();
    }
  }
}

function tab(texts: string[], locks: Locks | undefined, post: (text: string) => Promise<Message>) {
  const waiting = [...texts];
  const env = {
    locks,
    now: () => Date.now(),
    random: () => 0.5,
    timer: (run: () => void, milliseconds: number) => {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
  };
  const repeater = new Repeater(env);
  const pending = (content: string): ChatMessage => ({
    key: content, id: null, sequence: null, clientMessageId: content, type: 'TEXT', sender: { id: 'v', type: 'CUSTOMER', displayName: null },
    own: true, content, metadata: null, timestamp: AT, delivery: 'sending',
  });
  const outbox = new Outbox(
    {
      next: () => (waiting[0] === undefined ? undefined : pending(waiting[0])),
      post: (one) => post(one.content),
      confirmed: (one) => void waiting.splice(waiting.indexOf(one.content), 1),
      failed: (_error, one) => void (one ? waiting.splice(waiting.indexOf(one.content), 1) : waiting.splice(0)),
    },
    repeater,
    env,
    'outbox',
  );
  return { outbox, waiting, repeater };
}

const slowly = (log: string[], name: string) => async (text: string): Promise<Message> => {
  log.push(`${name}${text}`);
  await new Promise((resolve) => setTimeout(resolve, 100));
  return message(1);
};

it('is drained by one tab at a time', async () => {
  const locks = new FakeLocks();
  const log: string[] = [];
  const a = tab(['1', '2'], locks, slowly(log, 'a'));
  const b = tab(['1', '2'], locks, slowly(log, 'b'));
  void a.outbox.drain();
  void b.outbox.drain();
  await pass(1000);
  expect(log).toEqual(['a1', 'a2', 'b1', 'b2']);
  expect(locks.most).toBe(1);
});

it('does not keep others out while it waits for its network', async () => {
  const locks = new FakeLocks();
  const log: string[] = [];
  const a = tab(['1'], locks, () => Promise.reject(new ChatError('network', '')));
  const b = tab(['1'], locks, slowly(log, 'b'));
  const stopped = expect(a.outbox.drain()).rejects.toMatchObject({ code: 'stopped' });
  void b.outbox.drain();
  await pass(200);
  expect(log).toEqual(['b1']);
  a.repeater.stop();
  await stopped;
});

it('goes on without the lock where a tab that is frozen holds it', async () => {
  const locks = new FakeLocks();
  void locks.request('outbox', { signal: new AbortController().signal }, () => new Promise(() => undefined));
  const log: string[] = [];
  const a = tab(['1'], locks, slowly(log, 'a'));
  void a.outbox.drain();
  await pass(LOCK_TIMEOUT - 1);
  expect(log).toEqual([]);
  await pass(200);
  expect(log).toEqual(['a1']);
});

it('ends with stop, whatever it waits for', async () => {
  const locks = new FakeLocks();
  void locks.request('outbox', { signal: new AbortController().signal }, () => new Promise(() => undefined));
  const log: string[] = [];
  const a = tab(['1'], locks, slowly(log, 'a'));
  const b = tab(['1'], undefined, () => Promise.reject(new ChatError('network', '')));
  const drained = [a, b].map(({ outbox }) => outbox.drain().catch((error: unknown) => expect(error).toMatchObject({ code: 'stopped' })));
  await settle();
  a.repeater.stop();
  b.repeater.stop();
  await Promise.all(drained);
  expect(log).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
  expect(a.waiting).toEqual(['1']);
});
