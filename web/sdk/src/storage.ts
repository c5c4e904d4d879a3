import { isObject, isText } from './parse.js';
import type { ChatStorage } from './types.js';

/** What a visitor's page keeps from one visit to the next; for an agent, what is by conversation alone. */
export interface Kept {
  readonly fingerprint?: string;
  /** Proves, when the first answer was lost, that this browser began the conversation. */
  readonly startKey?: string;
  readonly sessionToken?: string;
  readonly conversationId?: string;
  /** By conversation: what the server has not confirmed yet, in the order it was sent. */
  readonly outbox: Readonly<Record<string, readonly Unsent[]>>;
}

export interface Unsent {
  readonly clientMessageId: string;
  readonly content: string;
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly at: string;
}

const isKey = (value: unknown, longest = 100): boolean => isText(value, longest) && /^[!-~]+$/.test(value);

const SHAPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  fingerprint: (value) => isText(value, 200),
  startKey: (value) => isKey(value),
  sessionToken: (value) => isKey(value, 4000),
  conversationId: (value) => isKey(value),
  outbox: isObject,
};

/** What is not of its shape counts as not there: the server would refuse it each time. */
const keptOf = (value: unknown): Kept => ({
  outbox: {},
  ...(isObject(value) && Object.fromEntries(Object.entries(value).filter(([name, one]) => SHAPES[name]?.(one)))),
});

const isUnsent = (value: unknown): value is Unsent =>
  isObject(value) &&
  isText(value.clientMessageId, 100) &&
  isText(value.content, Infinity) &&
  isObject(value.metadata ?? {}) &&
  typeof value.at === 'string' &&
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
    private readonly key: string,
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

  clear(): void {
    if (this.#memory) this.#memory = keptOf({});
    try {
      this.storage?.removeItem(this.key);
    } catch {
      this.change(() => keptOf({}));
    }
  }

  outbox(conversationId: string): readonly Unsent[] {
    const kept: unknown = this.read().outbox[conversationId];
    return Array.isArray(kept) ? kept.filter(isUnsent) : [];
  }

  /** Puts one at the end of a conversation's outbox, where it is not in it yet. */
  add(conversationId: string, unsent: Unsent): void {
    this.#changeOutbox(conversationId, (all) => (all.some((one) => one.clientMessageId === unsent.clientMessageId) ? all : [...all, unsent]));
  }

  remove(conversationId: string, clientMessageId: string): void {
    this.#changeOutbox(conversationId, (all) => all.filter((one) => one.clientMessageId !== clientMessageId));
  }

  /** Drops a conversation's outbox. */
  forget(conversationId: string): void {
    if (this.outbox(conversationId).length) this.#changeOutbox(conversationId, () => []);
  }

  #changeOutbox(conversationId: string, change: (all: readonly Unsent[]) => readonly Unsent[]): void {
    const changed = change(this.outbox(conversationId));
    this.change(({ outbox, ...kept }) => {
      const others = Object.fromEntries(Object.entries(outbox).filter(([id]) => id !== conversationId));
      return { ...kept, outbox: changed.length ? { ...others, [conversationId]: changed } : others };
    });
  }
}

/** The one key of a server, with the version of what stands under it. */
export function storageKey(rest: string, agentId?: string): string {
  return `customer-live-chat:1:${new URL(rest).origin}${agentId === undefined ? '' : `:agent:${agentId}`}`;
}
