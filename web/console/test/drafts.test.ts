import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DraftBook, mergeDrafts, readDrafts } from '../src/state/drafts';

const draft = (text: string, at = 0) => ({ text, at });

describe('what is stored', () => {
  it('is taken only where it is a draft', () => {
    expect(readDrafts({ a: draft('x'), b: draft(''), c: 'text', d: null }, 1)).toEqual({ a: draft('x') });
    expect(readDrafts('nonsense', 1)).toEqual({});
  });
  it('is forgotten after a week', () => expect(readDrafts({ a: draft('x') }, 8 * 24 * 3600 * 1000)).toEqual({}));
  it('by another tab, wins but for what was typed here since', () => {
    const merged = mergeDrafts({ a: draft('there'), b: draft('there') }, { a: draft('here'), c: draft('sent there') }, new Set(['a']));
    expect(merged).toEqual({ a: draft('here'), b: draft('there') });
  });
});

describe('the book', () => {
  const stored = new Map<string, string>();
  const pageHides: (() => void)[] = [];

  beforeEach(() => {
    vi.useFakeTimers();
    stored.clear();
    pageHides.length = 0;
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => stored.set(key, value),
      removeItem: (key: string) => stored.delete(key),
    });
    vi.stubGlobal('addEventListener', (name: string, handler: () => void) => name === 'pagehide' && pageHides.push(handler));
    vi.stubGlobal('removeEventListener', () => undefined);
    vi.stubGlobal('document', { addEventListener: () => undefined, removeEventListener: () => undefined });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const open = (): DraftBook => new DraftBook('agent-1');

  it('keeps what was typed a moment later, and for this agent alone', () => {
    open().write('c', 'Hel');
    expect(open().text('c')).toBe('');
    vi.advanceTimersByTime(200);
    expect(open().text('c')).toBe('Hel');
    expect(new DraftBook('agent-2').text('c')).toBe('');
  });

  it('keeps it before the page goes', () => {
    open().write('c', 'Hello');
    pageHides.forEach((hide) => hide());
    expect(open().text('c')).toBe('Hello');
  });

  it('clears at once, and leaves nothing behind', () => {
    const book = open();
    book.write('c', 'Hello');
    book.clear('c');
    expect(open().text('c')).toBe('');
    expect(stored.size).toBe(0);
  });

  it('forgets all of it, also what is not stored yet', () => {
    const book = open();
    book.write('a', 'stored');
    book.save();
    book.write('b', 'typed since');
    book.forget();
    book.stop();
    expect(stored.size).toBe(0);
  });

  it('does not undo what another tab wrote meanwhile', () => {
    const [one, two] = [open(), open()];
    one.write('a', 'first');
    one.save();
    two.write('b', 'second');
    two.save();
    expect([open().text('a'), open().text('b')]).toEqual(['first', 'second']);
  });

  it('works without any storage', () => {
    vi.stubGlobal('localStorage', undefined);
    const book = open();
    book.write('c', 'Hello');
    book.save();
    expect(book.text('c')).toBe('Hello');
  });
});
