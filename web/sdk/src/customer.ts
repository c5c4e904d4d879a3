import { ChatError } from './error.js';
import type { ChatMessage, CustomerOptions, CustomerState, SendOptions, StartDetails, Unsubscribe } from './types.js';
import type { Conversation } from './wire.js';

/** A visitor's chat. One object for a page; nothing is stored and no connection is opened before `start` or `resume`. */
export class CustomerChat {
  constructor(readonly options: CustomerOptions) {}

  /** Frozen; a new object on each change. */
  get state(): CustomerState {
    throw new ChatError('not_started', 'Not built yet.');
  }

  /** Calls `listener` after each change of `state`. */
  subscribe(_listener: () => void): Unsubscribe {
    return () => undefined;
  }

  /**
   * Begins a conversation, or goes on with the one that this visitor has. Repeated until the server has answered.
   * @throws ChatError what the server refused (`validation`, `forbidden`, `unauthenticated`), `stopped`.
   */
  start(_details: StartDetails = {}): Promise<Conversation> {
    return Promise.reject(new ChatError('stopped', 'Not built yet.'));
  }

  /**
   * Goes on where an earlier page was, outbox included.
   * @returns whether there was something to resume. A chat that has ended meanwhile counts: `state.status` is `CLOSED` then.
   * @throws ChatError `stopped`.
   */
  resume(): Promise<boolean> {
    return Promise.resolve(false);
  }

  /**
   * Puts a message into the outbox, from where it goes out in order, whatever the network does, also after a reload.
   * @returns the message as it is shown from now on.
   * @throws ChatError `not_started`, `validation` (blank, or above 4000 characters), `gone` (the chat has ended).
   */
  send(_content: string, _options: SendOptions = {}): ChatMessage {
    throw new ChatError('not_started', 'Not built yet.');
  }

  /** Sends one that has failed once more, as a new message at the end. Does nothing for any other. */
  retry(_message: ChatMessage): void {}

  /** Tells the agent that the visitor is writing: for each input, with the text or whether there is any. Best effort. */
  typing(_typing: boolean | string): void {}

  /** Marks all up to this sequence as read. Only ever forward. Repeated until the server knows. */
  read(_sequence: number): void {}

  /** Loads up to 100 older entries. @returns whether there are still more. @throws ChatError as `close`. */
  loadOlder(): Promise<boolean> {
    return Promise.resolve(false);
  }

  /**
   * Ends the chat, after what is in the outbox (waiting 5 s for it at most).
   * @returns the conversation as it was closed; closing twice changes nothing.
   * @throws ChatError `not_started`; `network`, `timeout`, `unavailable`, … after 15 s of tries.
   */
  close(_reason?: string): Promise<Conversation> {
    return Promise.reject(new ChatError('not_started', 'Not built yet.'));
  }

  /** Ends sockets, timers and listeners, and keeps what is stored: `resume` goes on. */
  stop(): void {}

  /** Stops, and forgets everything: the next person at this computer sees nothing of this one. */
  reset(): void {}
}
