import { expect, it } from 'vitest';
import { NoteBook, readNotes } from '../src/state/notes';
import { chat, conversation, desk } from './fixtures';

const away = desk({ conversations: [chat('c', { customerAway: true })] });
const here = desk({ conversations: [chat('c')] });
/** After a word was said. */
const laterHere = desk({ conversations: [chat('c', { conversation: conversation({ lastSequence: 1 }) })] });
const told = (book: NoteBook): boolean[] => (book.notes.value.get('c') ?? []).map((note) => note.away);

it('notices that a customer goes and comes back, once each', () => {
  const book = new NoteBook('agent-1');
  book.look(here, 0);
  book.look(away, 3_000);
  book.look(away, 3_100);
  expect(told(book)).toEqual([true]);
  book.look(laterHere, 5_000);
  expect(told(book)).toEqual([true, false]);
});

it('tells once of who comes and goes while nobody says a word', () => {
  const book = new NoteBook('agent-1');
  book.look(here, 0);
  for (const [time, now] of [[3_000, away], [4_000, here], [5_000, away], [6_000, here]] as const) book.look(now, time);
  expect(told(book)).toEqual([false]);
  expect(book.notes.value.get('c')?.map(({ at }) => at)).toEqual([6_000]);
});

it('stands below all that was there, also where that is not loaded yet', () => {
  const book = new NoteBook('agent-2');
  book.look(desk({ conversations: [chat('c', { customerAway: true, conversation: conversation({ lastSequence: 7 }) })] }), 3_000);
  expect(book.notes.value.get('c')?.map(({ after }) => after)).toEqual([7]);
});

it('does not take a lost connection for a return', () => {
  const book = new NoteBook('agent-1');
  book.look(away, 0);
  book.look({ ...here, connection: 'offline' }, 5_000);
  book.look(here, 6_000);
  book.look(away, 6_500);
  expect(told(book)).toEqual([true]);
  book.look(laterHere, 9_000);
  expect(told(book)).toEqual([true, false]);
});

it('takes from the storage only what is a note', () => {
  const note = { key: 'n', after: 1, away: true, at: 5 };
  expect([...readNotes([['c', [note]], ['d', [{}]], 7])]).toEqual([['c', [note]]]);
  expect(readNotes('nonsense').size).toBe(0);
});
