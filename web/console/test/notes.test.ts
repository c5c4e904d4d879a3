import { expect, it } from 'vitest';
import { NoteBook, readNotes } from '../src/state/notes';
import { chat, desk } from './fixtures';

const away = desk({ conversations: [chat('c', { customerAway: true })] });
const here = desk({ conversations: [chat('c')] });
const told = (book: NoteBook): boolean[] => (book.notes.value.get('c') ?? []).map((note) => note.away);

it('notices that a customer goes and comes back, once each', () => {
  const book = new NoteBook('agent-1');
  book.look(here, 0);
  book.look(away, 3_000);
  book.look(away, 3_100);
  book.look(here, 5_000);
  expect(told(book)).toEqual([true, false]);
});

it('does not take a lost connection for a return', () => {
  const book = new NoteBook('agent-1');
  book.look(away, 0);
  book.look({ ...here, connection: 'offline' }, 5_000);
  book.look(here, 6_000);
  book.look(away, 6_500);
  expect(told(book)).toEqual([true]);
  book.look(here, 9_000);
  expect(told(book)).toEqual([true, false]);
});

it('takes from the storage only what is a note', () => {
  const note = { key: 'n', after: 1, away: true, at: 5 };
  expect([...readNotes([['c', [note]], ['d', [{}]], 7])]).toEqual([['c', [note]]]);
  expect(readNotes('nonsense').size).toBe(0);
});
