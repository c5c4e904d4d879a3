import type { ChatStorage } from '@customer-live-chat/sdk';
import { isRecord, keep, kept, onKept, parsed } from './kept';

const MOST = 20;

/**
 * Which closed chats an agent has not dismissed yet, so that they are there after a reload too. The server tells a desk of
 * the open ones alone; the SDK also asks for each that has an outbox: these are given an empty one, which is never stored.
 */
export class ClosedChats implements ChatStorage {
  readonly #key: string;

  /** @param sdkKey under which the SDK stores its outboxes */
  constructor(
    agentId: string,
    private readonly sdkKey: string,
  ) {
    this.#key = `live-chat-console:closed:${agentId}`;
  }

  add(id: string): void {
    const ids = this.#ids();
    if (!ids.includes(id)) this.#write([...ids, id]);
  }

  remove(id: string): void {
    const ids = this.#ids();
    if (ids.includes(id)) this.#write(ids.filter((one) => one !== id));
  }

  /** Tells of each that another window has dismissed. @returns ends it */
  onRemoved(removed: (id: string) => void): () => void {
    return onKept(this.#key, ({ oldValue, newValue }) => {
      const left = idsOf(parsed(newValue));
      for (const id of idsOf(parsed(oldValue))) if (!left.includes(id)) removed(id);
    });
  }

  /** The conversations for which something is in a stored outbox, whichever window or earlier page has put it there. */
  outboxes(): readonly string[] {
    const value = kept(this.sdkKey);
    if (!isRecord(value) || !isRecord(value.outbox)) return [];
    return Object.entries(value.outbox).flatMap(([id, messages]) => (Array.isArray(messages) && messages.length > 0 ? [id] : []));
  }

  forget(): void {
    this.#write([]);
    keep(this.sdkKey, null);
  }

  getItem(key: string): string | null {
    const stored = localStorage.getItem(key);
    const ids = this.#ids();
    if (ids.length === 0) return stored;
    const value: unknown = JSON.parse(stored ?? '{}');
    const known = isRecord(value) ? value : {};
    return JSON.stringify({ ...known, outbox: { ...Object.fromEntries(ids.map((id) => [id, []])), ...(isRecord(known.outbox) && known.outbox) } });
  }

  setItem(key: string, text: string): void {
    const value: unknown = JSON.parse(text);
    const isToMend = isRecord(value) && isRecord(value.outbox);
    localStorage.setItem(key, isToMend ? JSON.stringify({ ...value, outbox: withoutEmpty(value.outbox as Record<string, unknown>) }) : text);
  }

  removeItem(key: string): void {
    localStorage.removeItem(key);
  }

  #ids(): readonly string[] {
    return idsOf(kept(this.#key));
  }

  #write(ids: readonly string[]): void {
    keep(this.#key, ids.length ? ids.slice(-MOST) : null);
  }
}

const idsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((id) => typeof id === 'string') : []);

const withoutEmpty = (value: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => !Array.isArray(one) || one.length > 0));
