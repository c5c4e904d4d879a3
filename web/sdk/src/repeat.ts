import { waitBefore } from './backoff.js';
import type { Environment } from './environment.js';
import { ChatError } from './error.js';

export const stopped = (): ChatError => new ChatError('stopped', 'The chat was stopped.');

/** Tries again what may succeed later, and knows one way to hurry all that waits and one to end it. */
export class Repeater {
  readonly #hurry = new Set<() => void>();
  readonly #abort = new AbortController();
  /** That it was stopped. */
  readonly signal = this.#abort.signal;

  constructor(private readonly env: Pick<Environment, 'now' | 'timer' | 'random'>) {}

  /** Ends every wait and every try, for good. */
  stop(): void {
    this.#abort.abort();
    this.wake();
  }

  /** The network may be back: whoever waits tries now, and counts its failures from the beginning. */
  wake(): void {
    for (const hurry of [...this.#hurry]) hurry();
  }

  /**
   * Runs a call until it succeeds or is refused for good.
   * @param patience after how many milliseconds a failure that may pass is thrown all the same; for ever where it is not given
   * @throws ChatError what the call was refused with, or `stopped`
   */
  async run<T>(call: () => Promise<T>, patience = Infinity): Promise<T> {
    const end = this.env.now() + patience;
    for (let failures = 0; ; ) {
      if (this.signal.aborted) throw stopped();
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof ChatError) || !error.transient || this.env.now() >= end) throw error;
        failures = await this.pause(failures, error.retryAfter, end - this.env.now());
      }
    }
  }

  /**
   * Waits after a failure. What the server asked for is waited for even when woken.
   * @returns how many failures count from now on: none after `wake`
   * @throws ChatError `stopped`
   */
  pause(failures: number, retryAfter: number, atMost = Infinity): Promise<number> {
    const wait = Math.min(waitBefore(failures, this.env.random(), retryAfter), atMost);
    const earliest = this.env.now() + Math.min(retryAfter, wait);
    return new Promise((resolve, reject) => {
      let counted = failures + 1;
      const end = (): void => {
        cancel();
        this.#hurry.delete(hurry);
        if (this.signal.aborted) reject(stopped());
        else resolve(counted);
      };
      const hurry = (): void => {
        counted = 0;
        const rest = this.signal.aborted ? 0 : earliest - this.env.now();
        if (rest <= 0) return end();
        cancel();
        cancel = this.env.timer(end, rest);
      };
      let cancel = this.env.timer(end, wait);
      this.#hurry.add(hurry);
    });
  }
}
