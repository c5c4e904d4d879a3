import { whileAlone } from './alone.js';
import type { Environment } from './environment.js';
import { ChatError } from './error.js';
import type { Repeater } from './repeat.js';
import type { ChatMessage } from './types.js';
import type { Message } from './wire.js';

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
      const error = await whileAlone(this.env, this.lockName, this.repeater.signal, () => this.#sendAll());
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
}
