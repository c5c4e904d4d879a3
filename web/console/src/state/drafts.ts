import { isRecord, keep, kept, onKept } from './kept';
import { Store } from './store';

const DEBOUNCE = 200;
/** Of chats that were never dismissed here: nobody comes back for them. */
const FORGOTTEN_AFTER = 7 * 24 * 3600 * 1000;

export interface Draft {
  readonly text: string;
  readonly at: number;
}

export type Drafts = Readonly<Record<string, Draft>>;

export function readDrafts(value: unknown, now: number): Drafts {
  if (!isRecord(value)) return {};
  const isDraft = (one: unknown): one is Draft =>
    isRecord(one) && typeof one.text === 'string' && one.text !== '' && typeof one.at === 'number' && now - one.at < FORGOTTEN_AFTER;
  return Object.fromEntries(Object.entries(value).filter((pair): pair is [string, Draft] => isDraft(pair[1])));
}

/** What another tab has changed wins but for what was typed here since; what is gone there was sent there. */
export function mergeDrafts(stored: Drafts, here: Drafts, unsaved: ReadonlySet<string>): Drafts {
  const typed = Object.entries(here).filter(([id]) => unsaved.has(id));
  const others = Object.entries(stored).filter(([id]) => !unsaved.has(id));
  return Object.fromEntries([...others, ...typed]);
}

/** What an agent has begun to write, by conversation: in the browser's storage a moment after each key, and before the page goes. */
export class DraftBook {
  readonly #key: string;
  readonly #drafts: Store<Drafts>;
  readonly #unsaved = new Set<string>();
  readonly #end: (() => void)[];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(agentId: string) {
    this.#key = `live-chat-console:drafts:${agentId}`;
    this.#drafts = new Store(this.#stored());
    const save = (): void => this.save();
    addEventListener('pagehide', save);
    document.addEventListener('visibilitychange', save);
    this.#end = [
      onKept(this.#key, () => this.#drafts.set(mergeDrafts(this.#stored(), this.#drafts.value, this.#unsaved))),
      () => removeEventListener('pagehide', save),
      () => document.removeEventListener('visibilitychange', save),
    ];
  }

  get subscribe(): Store<Drafts>['subscribe'] {
    return this.#drafts.subscribe;
  }

  text(id: string): string {
    return this.#drafts.value[id]?.text ?? '';
  }

  write(id: string, text: string): void {
    this.#change(id, text);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.save(), DEBOUNCE);
  }

  /** What was written is in safe hands, or not wanted any more. */
  clear(id: string): void {
    this.#change(id, '');
    this.save();
  }

  save(): void {
    clearTimeout(this.#timer);
    if (this.#unsaved.size === 0) return;
    const all = mergeDrafts(this.#stored(), this.#drafts.value, this.#unsaved);
    this.#unsaved.clear();
    this.#drafts.set(all);
    keep(this.#key, Object.keys(all).length ? all : null);
  }

  /** Whether anything has been begun. */
  get isAny(): boolean {
    return Object.values(this.#drafts.value).some(({ text }) => text.trim() !== '');
  }

  /** What is not stored yet never will be. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#unsaved.clear();
  }

  forget(): void {
    this.drop();
    keep(this.#key, null);
  }

  stop(): void {
    this.save();
    for (const end of this.#end) end();
  }

  #change(id: string, text: string): void {
    const others = Object.fromEntries(Object.entries(this.#drafts.value).filter(([one]) => one !== id));
    this.#unsaved.add(id);
    this.#drafts.set(text === '' ? others : { ...others, [id]: { text, at: Date.now() } });
  }

  #stored(): Drafts {
    return readDrafts(kept(this.#key), Date.now());
  }
}
