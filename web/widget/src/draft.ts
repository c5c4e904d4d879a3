import { draftKey, kept } from './stored';

const PAUSE = 200;
const LEFT = 0;

/** What was typed in this tab and not sent, of one conversation, or that it was left behind; it outlives a reload. */
export class Draft {
  readonly #key: string;
  #waiting: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(rest: string) {
    this.#key = draftKey(rest);
    window.addEventListener('pagehide', () => this.#flush());
  }

  read(conversationId: string): string {
    const text = this.#stored(conversationId);
    return typeof text === 'string' ? text : '';
  }

  /** One that has ended, and that the visitor wants to see no more. */
  leave(conversationId: string): void {
    this.forget();
    kept(() => sessionStorage.setItem(this.#key, JSON.stringify([conversationId, LEFT])));
  }

  isLeft(conversationId: string): boolean {
    return this.#stored(conversationId) === LEFT;
  }

  write(conversationId: string, text: string): void {
    clearTimeout(this.#timer);
    this.#waiting = () => (text ? sessionStorage.setItem(this.#key, JSON.stringify([conversationId, text])) : sessionStorage.removeItem(this.#key));
    this.#timer = setTimeout(() => this.#flush(), PAUSE);
  }

  forget(): void {
    clearTimeout(this.#timer);
    this.#waiting = undefined;
    kept(() => sessionStorage.removeItem(this.#key));
  }

  #stored(conversationId: string): unknown {
    const [id, what] = kept(() => JSON.parse(sessionStorage.getItem(this.#key) ?? '[]') as unknown[]) ?? [];
    return id === conversationId ? what : undefined;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    const write = this.#waiting;
    this.#waiting = undefined;
    if (write) kept(write);
  }
}
