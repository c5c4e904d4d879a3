import { expect, it } from 'vitest';
import { FADE, nextRows } from '../src/state/queue-rows';
import { waiting } from './fixtures';

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(waiting) as [ReturnType<typeof waiting>, ReturnType<typeof waiting>, ReturnType<typeof waiting>, ReturnType<typeof waiting>];
const shown = (rows: ReturnType<typeof nextRows>): string[] => rows.map(({ entry, leftAt }) => entry.conversationId + (leftAt === null ? '' : '*'));

it('one that is taken stays in its place for a moment', () => {
  const before = nextRows([], [a, b, c], 0);
  const taken = nextRows(before, [a, c, d], 100);
  expect(shown(taken)).toEqual(['a', 'b*', 'c', 'd']);
  expect(shown(nextRows(taken, [a, c, d], 100 + FADE - 1))).toEqual(['a', 'b*', 'c', 'd']);
  expect(shown(nextRows(taken, [a, c, d], 100 + FADE))).toEqual(['a', 'c', 'd']);
});

it('several that are taken keep their order', () => {
  expect(shown(nextRows(nextRows([], [a, b, c], 0), [c], 0))).toEqual(['a*', 'b*', 'c']);
});

it('one that comes back waits again', () => {
  const taken = nextRows(nextRows([], [a, b], 0), [b], 0);
  expect(shown(nextRows(taken, [a, b], 10))).toEqual(['a', 'b']);
});

it('is the same list where nothing has changed', () => {
  const rows = nextRows([], [a, b], 0);
  expect(nextRows(rows, [a, b], 10)).toBe(rows);
});
