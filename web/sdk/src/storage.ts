import type { ChatError } from './error.js';
import { isObject, isText } from './parse.js';
import type { ChatStorage, StartDetails } from './types.js';

/** What a visitor's page keeps from one visit to the next; for an agent, what is by conversation alone. */
export interface Kept {
  readonly fingerprint?: string;
  /** Proves, when the first answer was lost, that this browser began the conversation. */
  readonly startKey?: string | undefined;
  readonly sessionToken?: string;
  readonly conversationId?: string | undefined;
  /** What a start was asked for with, until it is answered. */
  readonly starting?: StartDetails | undefined;
  /** By conversation: what the server has not confirmed, in the order it was sent. */
  readonly outbox: Readonly<Record<string, readonly Unsent[] | undefined>>;
  /** By conversation: up to where this side has read, which other tabs are told by this alone. */
  readonly read: Readonly<Record<string, unknown>>;
}

export interface Unsent {
  readonly clientMessageId: string;
  readonly content: string;
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly at: string;
  /** Why the server has refused it: it is shown as not sent, and never goes out by itself. */
  readonly error?: Pick<ChatError, 'code' | 'status' | 'message'> | undefined;
}

const isKey = (value: unknown, longest = 100): boolean => isText(value, longest) && /^[!-~]+$/.test(value);

const SHAPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  fingerprint: (value) => isText(value, 200),
  startKey: isKey,
  sessionToken: (value) => isKey(value, 4000),
  conversationId: isKey,
  starting: isObject,
  outbox: isObject,
  read: isObject,
};

/** What is not of its shape counts as not there: the server would refuse it each time. */
const keptOf = (value: unknown): Kept => ({
  outbox: {},
  read: {},
  ...(isObject(value) && Object.fromEntries(Object.entries(value).filter(([name, one]) => SHAPES[name]?.(one)))),
});

const isUnsent = (value: unknown): value is Unsent =>
  isObject(value) &&
  isText(value.clientMessageId, 100) &&
  isText(value.content, Infinity) &&
  isObject(value.metadata ?? {}) &&
  isText(value.at, Infinity) &&
  Date.parse(value.at) > 0;

/**
 * One value under one key. Each change reads what is stored first, since another tab may have written; a storage that is not
 * there, or throws, is as none, and memory stands in for it.
 */
export class Store {
  /** What stands in for the storage from the moment that it has failed. */
  #memory: Kept | undefined;

  constructor(
    private readonly storage: ChatStorage | undefined,
    readonly key: string,
  ) {
    if (!storage) this.#memory = keptOf({});
  }

  read(): Kept {
    if (this.#memory) return this.#memory;

    let text: string | null | undefined;
    try {
      text = this.storage?.getItem(this.key);
    } catch {
      return (this.#memory = keptOf({}));
    }
    try {
      return keptOf(JSON.parse(text ?? '{}'));
    } catch {
      return keptOf({});
    }
  }

  change(change: (kept: Kept) => Kept): void {
    const changed = change(this.read());
    if (this.#memory) {
      this.#memory = changed;
      return;
    }
    try {
      this.storage?.setItem(this.key, JSON.stringify(changed));
    } catch {
      this.#memory = changed;
    }
  }

  /** Removes at once, and what is not there not at all: other tabs are told of each change, and clear theirs in turn. */
  clear(): void {
    if (this.#memory) this.#memory = keptOf({});
    try {
      this.storage?.removeItem(this.key);
    } catch {
      this.change(() => keptOf({}));
    }
  }

  /** A conversation's outbox, by client message id. */
  outbox(conversationId: string): Map<string, Unsent> {
    const all: unknown = this.read().outbox[conversationId];
    return new Map(Array.isArray(all) ? all.filter(isUnsent).map((one) => [one.clientMessageId, one]) : []);
  }

  changeOutbox(conversationId: string, change: (outbox: Map<string, Unsent>) => void): void {
    const changed = this.outbox(conversationId);
    change(changed);
    this.change((kept) => ({ ...kept, outbox: { ...kept.outbox, [conversationId]: changed.size ? [...changed.values()] : undefined } }));
  }

  /** This side has read up to here. */
  saveRead(conversationId: string, sequence: number): void {
    this.change((kept) => ({ ...kept, read: { ...kept.read, [conversationId]: sequence } }));
  }
}

/** The one key of a server, with the version of what stands under it. */
export function storageKey(rest: string, agentId?: string): string {
  return `customer-live-chat:1:${new URL(rest).origin}${agentId === undefined ? '' : `:agent:${agentId}`}`;
}
