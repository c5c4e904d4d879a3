import { expect, it } from 'vitest';
import { Held } from '../src/state/held';
import { MarkBook, readMarks } from '../src/state/marks';
import { chat, conversation, message, own } from './fixtures';

const elsewhere = (): boolean => false;
const unread = chat('c', { unread: 2, conversation: conversation({ read: { customer: 0, agent: 2 } }), messages: [message(1), message(2), message(3, own), message(4), message(5)] });

it('marks the first message that is new, and leaves the mark there', () => {
  const book = new MarkBook('agent-1');
  book.look([unread], elsewhere);
  expect([...book.marks.value]).toEqual([['c', 4]]);
  book.look([chat('c', { unread: 1, messages: [message(6)] })], elsewhere);
  expect([...book.marks.value]).toEqual([['c', 4]]);
  book.clear('c');
  expect(book.marks.value.size).toBe(0);
});

it('marks nothing in the chat that is looked at', () => {
  const book = new MarkBook('agent-1');
  book.look([unread], () => true);
  expect(book.marks.value.size).toBe(0);
});

it('takes from the storage only what is a mark', () => {
  expect([...readMarks([['c', 4], ['d'], 7])]).toEqual([['c', 4]]);
  expect(readMarks(null).size).toBe(0);
});

it('tells once who has left the desk without having been closed', () => {
  const held = new Held();
  expect(held.look([chat('a'), chat('b')])).toEqual([]);
  expect(held.look([chat('a', { closed: { by: 'AGENT', reason: null } })])).toEqual(['Jane']);
  expect(held.look([])).toEqual([]);
});
