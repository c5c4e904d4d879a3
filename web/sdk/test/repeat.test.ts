import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LONGEST_WAIT, waitBefore } from '../src/backoff.js';
import { ChatError } from '../src/error.js';
import { Repeater } from '../src/repeat.js';
import { pass } from './fakes.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const env = {
  now: () => Date.now(),
  random: () => 0.5,
  timer: (run: () => void, milliseconds: number) => {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};

it('waits from 0.25 s up to 45 s, and never less than was asked for', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(100_000), (failures, random, retryAfter) => {
      const wait = waitBefore(failures, random, retryAfter);
      expect(wait).toBeGreaterThanOrEqual(Math.max(250, retryAfter));
      expect(wait).toBeLessThanOrEqual(Math.max(LONGEST_WAIT * 1.5, retryAfter));
    }),
  );
  expect([0, 1, 2, 3, 4, 5, 6, 7].map((n) => waitBefore(n, 0.5))).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

it('throws what is no fault of the network, at once', async () => {
  const repeater = new Repeater(env);
  await expect(repeater.run(() => Promise.reject(new TypeError('a bug')))).rejects.toThrow('a bug');
  await expect(repeater.run(() => Promise.reject(new ChatError('conflict', '', { status: 409 })))).rejects.toMatchObject({ code: 'conflict' });
});

it('loses its patience when it was told to', async () => {
  const repeater = new Repeater(env);
  let tries = 0;
  const lost = expect(repeater.run(() => (tries++, Promise.reject(new ChatError('network', ''))), 10_000)).rejects.toMatchObject({ code: 'network' });
  await pass(10_000);
  await lost;
  expect(tries).toBe(6);
});

it('is ended by its signal while it waits', async () => {
  const repeater = new Repeater(env);
  const ended = expect(repeater.run(() => Promise.reject(new ChatError('network', '', { retryAfter: 5000 })))).rejects.toMatchObject({ code: 'stopped' });
  await pass(100);
  repeater.stop();
  await ended;
  expect(vi.getTimerCount()).toBe(0);
});
