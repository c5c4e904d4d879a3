import { draftKey, kept } from './stored';

const PAUSE = 200;

/** What was typed and not sent, of one conversation; it outlives a reload. */
export class Draft {
  readonly #key: string;
  #waiting: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(rest: string) {
    this.#key = draftKey(rest);
    window.addEventListener('pagehide', () => this.#flush());
  }

  read(conversationId: string): string {
    const [id, text] = (kept(() => JSON.parse(localStorage.getItem(this.#key) ?? '[]')) ?? []) as [string?, string?];
    return id === conversationId && typeof text === 'string' ? text : '';
  }

  write(conversationId: string, text: string): void {
    clearTimeout(this.#timer);
    this.#waiting = () => (text ? localStorage.setItem(this.#key, JSON.stringify([conversationId, text])) : localStorage.removeItem(this.#key));
    this.#timer = setTimeout(() => this.#flush(), PAUSE);
  }

  forget(): void {
    clearTimeout(this.#timer);
    this.#waiting = undefined;
    kept(() => localStorage.removeItem(this.#key));
  }

  #flush(): void {
    clearTimeout(this.#timer);
    const write = this.#waiting;
    this.#waiting = undefined;
    if (write) kept(write);
  }
}
