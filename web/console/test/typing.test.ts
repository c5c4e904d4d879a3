import { expect, it } from 'vitest';
import { Typing } from '../src/state/typing';

it('goes on where the field is taken away in the middle of a word', () => {
  const typing = new Typing();
  const field = { isConnected: true };
  typing.pressed(field, 0);
  field.isConnected = false;
  expect(typing.pressed(null, 100)).toBe(false);
  expect(typing.pressed(null, 2_000)).toBe(false);
  expect(typing.pressed(null, 4_001)).toBe(true);
  expect(typing.pressed(null, 4_002)).toBe(true);
});

it('is over at once where one has left the field', () => {
  const typing = new Typing();
  typing.pressed({ isConnected: true }, 0);
  expect(typing.pressed(null, 10)).toBe(true);
});

it('never was, at first', () => expect(new Typing().pressed(null, 0)).toBe(true));
