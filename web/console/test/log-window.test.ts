import { describe, expect, it } from 'vitest';
import { shownFrom } from '../src/state/log-window';
import { entry, message } from './fixtures';

const log = (count: number) => Array.from({ length: count }, (_, index) => entry(message(index + 1)));

describe('the shown part of a log', () => {
  it('is all of a short one', () => expect(shownFrom(log(200), null, true)).toBe(0));
  it('is the end of a long one, and grows before its beginning goes again', () => {
    expect(shownFrom(log(201), null, true)).toBe(101);
    expect(shownFrom(log(301), 'm-102', true)).toBe(101);
    expect(shownFrom(log(302), 'm-102', true)).toBe(202);
  });
  it('keeps its beginning while somebody reads further up', () => expect(shownFrom(log(900), 'm-102', false)).toBe(101));
  it('begins where it began, whatever is loaded before', () => expect(shownFrom(log(200).slice(50), 'm-102', false)).toBe(51));
  it('is all of a log that has begun anew', () => expect(shownFrom(log(5), 'gone', false)).toBe(0));
});
