import type { AgentState } from '@customer-live-chat/sdk';
import { isRecord, keep, kept } from './kept';
import { lastSequence } from './log-lines';
import { Store } from './store';

/** That the customer went away or came back: a passing signal, which is not in the conversation's log. */
export interface Note {
  readonly key: string;
  /** The last entry of the log when it was noticed. */
  readonly after: number;
  readonly away: boolean;
  readonly at: number;
}

export type Notes = ReadonlyMap<string, readonly Note[]>;

const MOST = 50;

/** After a new connection the server tells at once who is away: until then nobody has come back. */
const SETTLING = 2_000;

export class NoteBook {
  readonly notes: Store<Notes>;
  readonly #key: string;
  #onlineSince = Infinity;

  constructor(agentId: string) {
    this.#key = `live-chat-console:notes:${agentId}`;
    this.notes = new Store(readNotes(kept(this.#key, 'sessionStorage')));
  }

  /** Looks at the desk as it is now: after each change of it, and now and then. */
  look({ connection, conversations, clockOffset }: AgentState, now: number): void {
    if (connection !== 'online') this.#onlineSince = Infinity;
    else if (this.#onlineSince === Infinity) this.#onlineSince = now;

    for (const { id, state } of conversations) {
      const notes = this.notes.value.get(id) ?? [];
      const wasAway = notes.at(-1)?.away ?? false;
      const isSettled = now - this.#onlineSince >= SETTLING;
      if (state.closed || state.customerAway === wasAway || (wasAway && !isSettled) || connection !== 'online') continue;
      // Also where its log is still to be loaded.
      const after = Math.max(lastSequence(state.entries), state.conversation?.lastSequence ?? 0);
      const note = { key: `note-${now}`, after, away: state.customerAway, at: now + clockOffset };
      // Who comes and goes while nobody says a word is told of once.
      this.#add(id, [...notes.filter((one) => one.after !== after), note].slice(-MOST));
    }
  }

  forget(): void {
    keep(this.#key, null, 'sessionStorage');
  }

  #add(id: string, notes: readonly Note[]): void {
    const others = [...this.notes.value].filter(([one]) => one !== id).slice(-MOST);
    this.notes.set(new Map([...others, [id, notes]]));
    keep(this.#key, [...this.notes.value], 'sessionStorage');
  }
}

export function readNotes(value: unknown): Notes {
  const isNote = (one: unknown): one is Note =>
    isRecord(one) && typeof one.key === 'string' && typeof one.after === 'number' && typeof one.away === 'boolean' && typeof one.at === 'number';
  const isPair = (one: unknown): one is [string, Note[]] => Array.isArray(one) && typeof one[0] === 'string' && Array.isArray(one[1]) && one[1].every(isNote);
  return new Map(Array.isArray(value) ? value.filter(isPair) : []);
}
