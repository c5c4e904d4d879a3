import type { Environment } from './environment.js';
import { ChatError } from './error.js';
import type { Repeater } from './repeat.js';
import type { ChatMessage } from './types.js';
import type { Message } from './wire.js';

/** How long another tab may hold the outbox, in milliseconds: one that is frozen would hold it for ever. */
export const LOCK_TIMEOUT = 20_000;

export interface OutboxPort {
  /** The message that goes out next: the first that is neither confirmed nor failed. */
  next(): ChatMessage | undefined;
  /** One try. */
  post(message: ChatMessage): Promise<Message>;
  confirmed(message: ChatMessage, confirmed: Message): void;
  /** @param message the one that was refused; `undefined` where none can be sent any more */
  failed(error: ChatError, message: ChatMessage | undefined): void;
}

/**
 * Sends what waits, one after the other, the first before the second: it ends in confirmed or refused, never in given up. Of
 * several tabs one sends; where there are no locks two may, and the server knows the repeat by its client message id.
 */
export class Outbox {
  #failures = 0;

  constructor(
    private readonly port: OutboxPort,
    private readonly repeater: Repeater,
    private readonly env: Pick<Environment, 'timer' | 'locks'>,
    private readonly lockName: string,
  ) {}

  /** Sends all there is, or goes on until it is stopped. @throws ChatError `stopped` */
  async drain(): Promise<void> {
    while (this.port.next() && !this.repeater.signal.aborted) {
      const error = await this.#whileAlone(() => this.#sendAll());
      if (error) this.#failures = await this.repeater.pause(this.#failures, error.retryAfter);
    }
  }

  /** @returns what came between, if it may pass. */
  async #sendAll(): Promise<ChatError | undefined> {
    for (let message; !this.repeater.signal.aborted && (message = this.port.next()); ) {
      try {
        this.port.confirmed(message, await this.port.post(message));
      } catch (error) {
        if (!(error instanceof ChatError) || error.code === 'stopped') throw error;
        if (error.transient) return error;
        // What is closed, and whom the server no longer knows, ends them all with the same words.
        this.port.failed(error, error.status === 410 || error.status === 401 ? undefined : message);
      }
      this.#failures = 0;
    }
    return undefined;
  }

  /** One tab at a time, where there is a lock to be had. */
  async #whileAlone(run: () => Promise<ChatError | undefined>): Promise<ChatError | undefined> {
    const waiting = new AbortController();
    const giveUp = (): void => waiting.abort();
    const cancel = this.env.timer(giveUp, LOCK_TIMEOUT);
    this.repeater.signal.addEventListener('abort', giveUp);
    let outcome: Promise<ChatError | undefined> | undefined;
    try {
      await this.env.locks?.request(this.lockName, { signal: waiting.signal }, async () => {
        cancel();
        outcome = run();
        await outcome.catch(() => undefined);
      });
    } catch {
      // Not to be had: then without.
    } finally {
      cancel();
      this.repeater.signal.removeEventListener('abort', giveUp);
    }
    return outcome ?? run();
  }
}
