import { draftKey, kept } from './stored';

const PAUSE = 200;

interface Kept {
  readonly text: string;
  /** The conversation that has ended and that the visitor wants to see no more; empty for none. */
  readonly left: string;
}

const NOTHING: Kept = { text: '', left: '' };

/** What was typed in this tab and not sent; it outlives a reload, and the end of the chat that it was typed in. */
export class Draft {
  readonly #key: string;
  #kept: Kept;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(rest: string) {
    this.#key = draftKey(rest);
    const { text, left } = (kept(() => JSON.parse(sessionStorage.getItem(this.#key) ?? '{}')) ?? {}) as Partial<Record<string, unknown>>;
    this.#kept = { text: typeof text === 'string' ? text : '', left: typeof left === 'string' ? left : '' };
    window.addEventListener('pagehide', () => this.#save());
  }

  get text(): string {
    return this.#kept.text;
  }

  write(text: string): void {
    this.#kept = { ...this.#kept, text };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#save(), PAUSE);
  }

  leave(conversationId: string): void {
    this.#kept = { ...this.#kept, left: conversationId };
    this.#save();
  }

  isLeft(conversationId: string): boolean {
    return this.#kept.left === conversationId;
  }

  forget(): void {
    this.#kept = NOTHING;
    this.#save();
  }

  #save(): void {
    clearTimeout(this.#timer);
    const { text, left } = this.#kept;
    kept(() => (text || left ? sessionStorage.setItem(this.#key, JSON.stringify(this.#kept)) : sessionStorage.removeItem(this.#key)));
  }
}
