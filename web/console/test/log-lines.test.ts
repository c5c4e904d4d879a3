import { describe, expect, it } from 'vitest';
import { lastSequence, linesOf, type LogParts } from '../src/state/log-lines';
import { entry, happened, happening, message, own } from './fixtures';

const lines = (parts: Partial<LogParts>) => linesOf({ entries: [], notes: [], mark: null, readByCustomer: 0, ...parts });
const kinds = (parts: Partial<LogParts>): string[] => lines(parts).map(({ kind, key }) => (kind === 'day' ? kind : key));

describe('lines of a log', () => {
  it('begin with the day, and leave out what follows at once on accepting', () => {
    const entries = [happened(happening(1, 'CONVERSATION_ASSIGNED')), happened(happening(2, 'CONVERSATION_CONNECTED')), entry(message(3))];
    expect(kinds({ entries })).toEqual(['day', 'event-1', 'm-3']);
  });

  it('tell a new day', () => {
    const entries = [entry(message(1)), entry(message(2, { timestamp: '2026-05-22T10:00:00.000Z' }))];
    expect(kinds({ entries })).toEqual(['day', 'm-1', 'day', 'm-2']);
  });

  it('have the mark before the first new message', () => {
    expect(kinds({ entries: [entry(message(1)), entry(message(2)), entry(message(3))], mark: 2 })).toEqual(['day', 'm-1', 'mark', 'm-2', 'm-3']);
  });

  it('have what was noticed where it was noticed, before what is on its way', () => {
    const notes = [{ key: 'note-1', after: 1, away: true, at: 0 }];
    expect(kinds({ entries: [entry(message(1)), entry(message(2)), entry(message(null))], notes })).toEqual(['day', 'm-1', 'note-1', 'm-2', 'm-pending']);
    expect(kinds({ entries: [entry(message(1)), entry(message(null))], notes })).toEqual(['day', 'm-1', 'note-1', 'm-pending']);
  });

  it('say "read" of the newest own message alone that was', () => {
    const entries = [entry(message(1, own)), entry(message(2, own)), entry(message(3, own))];
    expect(lines({ entries, readByCustomer: 2 }).flatMap((line) => (line.kind === 'message' ? [line.isRead] : []))).toEqual([false, true, false]);
  });

  it('name the author at the first of a row, and tell the time at the last of a minute', () => {
    const entries = [entry(message(1)), entry(message(2)), entry(message(3, { timestamp: '2026-05-20T10:01:00.000Z' })), entry(message(4, own))];
    expect(lines({ entries }).flatMap((line) => (line.kind === 'message' ? [[line.isFirst, line.isLast]] : []))).toEqual([
      [true, false],
      [false, true],
      [false, true],
      [true, true],
    ]);
  });

  it('are the same ones where the beginning of the log is not shown', () => {
    const entries = [
      happened(happening(1, 'CONVERSATION_ASSIGNED')),
      happened(happening(2, 'CONVERSATION_CONNECTED')),
      entry(message(3)),
      entry(message(4)),
      happened(happening(5, 'CUSTOMER_UPDATED')),
      entry(message(6, own)),
    ];
    const notes = [3, 4, 5].map((after) => ({ key: `note-${after}`, after, away: true, at: 0 }));
    const all = lines({ entries, notes });
    for (let from = 1; from < entries.length; from++) {
      const shown = lines({ entries, notes, from });
      expect(shown).toEqual(all.slice(-shown.length));
      expect(shown.map(({ key }) => key)).toContain(entries.slice(from).find(({ key }) => key !== 'event-2')?.key);
    }
  });

  it('know what stood before an event', () => {
    const entries = [happened(happening(1, 'CONVERSATION_QUEUED')), happened(happening(2, 'CUSTOMER_UPDATED'))];
    expect(lines({ entries }).flatMap((line) => (line.kind === 'event' ? [line.before?.id ?? null] : []))).toEqual([null, 'c1']);
  });
});

it('the last sequence is that of what the server has', () => {
  expect(lastSequence([entry(message(4)), entry(message(null))])).toBe(4);
  expect(lastSequence([])).toBe(0);
});
