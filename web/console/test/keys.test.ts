import { describe, expect, it } from 'vitest';
import { commandOf, type Pressed, type Where } from '../src/state/keys';
import { stepTo } from '../src/state/steps';

const nowhere: Where = { inField: false, inQueue: false, onControl: false, singleKeys: true };
const press = (key: string, more: Partial<Pressed> = {}): Pressed => ({
  key,
  code: /^[a-z]$/i.test(key) ? `Key${key.toUpperCase()}` : /^\d$/.test(key) ? `Digit${key}` : key,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  isComposing: false,
  keyCode: 0,
  ...more,
});

describe('single letters', () => {
  it.each([
    ['a', { type: 'accept' }],
    ['q', { type: 'queue' }],
    ['m', { type: 'sound' }],
    ['?', { type: 'list' }],
    ['j', { type: 'move', by: 1 }],
    ['K', { type: 'move', by: -1 }],
  ])('%s works while no field has the focus', (key, command) => expect(commandOf(press(key), nowhere)).toEqual(command));

  it('are text in a field', () => expect(commandOf(press('a'), { ...nowhere, inField: true })).toBeNull());
  it('can be turned off', () => expect(commandOf(press('a'), { ...nowhere, singleKeys: false })).toBeNull());
  it('with Ctrl or Meta are the browser’s', () => {
    expect(commandOf(press('a', { ctrlKey: true }), nowhere)).toBeNull();
    expect(commandOf(press('q', { metaKey: true }), nowhere)).toBeNull();
  });
});

describe('Alt', () => {
  const inField: Where = { ...nowhere, inField: true, singleKeys: false };
  it('goes to a chat by the digit, also where the keyboard writes another sign with it', () => {
    expect(commandOf(press('2', { altKey: true }), inField)).toEqual({ type: 'chat', index: 1 });
    expect(commandOf(press('™', { code: 'Digit2', altKey: true }), inField)).toEqual({ type: 'chat', index: 1 });
  });
  it('goes by the letter and not by its place', () => {
    expect(commandOf(press('q', { code: 'KeyA', altKey: true }), inField)).toEqual({ type: 'queue' });
    expect(commandOf(press('≈', { code: 'KeyX', altKey: true }), inField)).toEqual({ type: 'close' });
  });
  it('steps, with Shift to what is unread', () => {
    expect(commandOf(press('ArrowDown', { altKey: true }), inField)).toEqual({ type: 'step', by: 1, unread: false });
    expect(commandOf(press('ArrowUp', { altKey: true, shiftKey: true }), inField)).toEqual({ type: 'step', by: -1, unread: true });
  });
  it('with Ctrl is AltGr', () => expect(commandOf(press('q', { altKey: true, ctrlKey: true }), inField)).toBeNull());
});

describe('in the queue', () => {
  const inQueue: Where = { ...nowhere, inQueue: true, singleKeys: false };
  it('the arrows move', () => expect(commandOf(press('ArrowUp'), inQueue)).toEqual({ type: 'move', by: -1 }));
  it('Enter accepts, where no button takes it', () => {
    expect(commandOf(press('Enter'), inQueue)).toEqual({ type: 'accept' });
    expect(commandOf(press('Enter'), { ...inQueue, onControl: true })).toBeNull();
  });
  it('elsewhere they do not', () => expect(commandOf(press('ArrowUp'), nowhere)).toBeNull());
});

it('takes nothing while text is being composed, which Safari says by a code alone', () => {
  expect(commandOf(press('Escape', { isComposing: true }), nowhere)).toBeNull();
  expect(commandOf(press('Escape', { keyCode: 229 }), nowhere)).toBeNull();
});
it('Escape leaves a field', () => expect(commandOf(press('Escape'), { ...nowhere, inField: true })).toEqual({ type: 'leave' }));

describe('stepTo', () => {
  const all = ['a', 'b', 'c'];
  const any = (): boolean => true;
  it('goes round and round', () => {
    expect(stepTo(all, 2, 1, any)).toBe('a');
    expect(stepTo(all, 0, -1, any)).toBe('c');
  });
  it('begins at the nearer end', () => {
    expect(stepTo(all, -1, 1, any)).toBe('a');
    expect(stepTo(all, -1, -1, any)).toBe('c');
  });
  it('passes over what is not wanted', () => {
    expect(stepTo(all, 0, 1, (one) => one === 'c')).toBe('c');
    expect(stepTo(all, 0, 1, () => false)).toBeUndefined();
    expect(stepTo([], -1, 1, any)).toBeUndefined();
  });
});
