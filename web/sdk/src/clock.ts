import type { Environment } from './environment.js';

/**
 * How far the server's clock is from this machine's. No time that the server tells of what has happened is later than its
 * clock, so each is a bound from below; the one that was least under way is the highest, and the nearest.
 */
export class Clock {
  /** The server's less this machine's, in milliseconds; 0 until it is known. */
  offset = 0;
  #best = -Infinity;

  constructor(private readonly env: Pick<Environment, 'now'>) {}

  /** A new connection begins: this machine may have slept, or had its clock set. What was known stands until more is. */
  renew(): void {
    this.#best = -Infinity;
  }

  /** The server has told what time it is, or has just been. What is no time does nothing. */
  heard(time: unknown): void {
    const offset = Date.parse(time as string) - this.env.now();
    if (offset > this.#best) this.offset = this.#best = offset;
  }
}
