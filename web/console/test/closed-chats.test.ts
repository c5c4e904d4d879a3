import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ClosedChats } from '../src/state/closed-chats';

const KEY = 'the SDK’s';
const stored = new Map<string, string>();

beforeEach(() => {
  stored.clear();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
    removeItem: (key: string) => stored.delete(key),
  });
});
afterEach(() => vi.unstubAllGlobals());

const read = (chats: ClosedChats): unknown => JSON.parse(chats.getItem(KEY) ?? 'null');

it('names each closed chat to the SDK, and leaves what it stores alone', () => {
  const chats = new ClosedChats('agent-1', KEY);
  expect(chats.getItem(KEY)).toBeNull();
  chats.add('c');
  chats.add('c');
  expect(read(chats)).toEqual({ outbox: { c: [] } });
  chats.setItem(KEY, JSON.stringify({ other: 1, outbox: { c: [], d: ['unsent'] } }));
  expect(JSON.parse(stored.get(KEY) ?? '')).toEqual({ other: 1, outbox: { d: ['unsent'] } });
  expect(read(chats)).toEqual({ other: 1, outbox: { c: [], d: ['unsent'] } });
});

it('knows what is in an outbox, and leaves nothing of it where it is to be forgotten', () => {
  const chats = new ClosedChats('agent-1', KEY);
  chats.add('c');
  chats.setItem(KEY, JSON.stringify({ outbox: { d: ['unsent'] } }));
  expect(chats.outboxes()).toEqual(['d']);
  chats.forget();
  expect([...stored]).toEqual([]);
  expect(chats.outboxes()).toEqual([]);
});

it('does so until it is dismissed, for this agent alone', () => {
  new ClosedChats('agent-1', KEY).add('c');
  expect(read(new ClosedChats('agent-2', KEY))).toBeNull();
  new ClosedChats('agent-1', KEY).remove('c');
  expect(read(new ClosedChats('agent-1', KEY))).toBeNull();
});

it('knows only the newest of very many', () => {
  const chats = new ClosedChats('agent-1', KEY);
  for (let index = 0; index < 30; index++) chats.add(`c${index}`);
  expect(Object.keys((read(chats) as { outbox: object }).outbox)).toHaveLength(20);
});
