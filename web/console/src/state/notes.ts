import type { AgentState } from '@customer-live-chat/sdk';
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

/** After a new connection the server tells at once who is away: until then nobody has come back. */
const SETTLING = 2_000;

export class NoteBook {
  readonly notes = new Store<Notes>(new Map());
  #onlineSince = Infinity;

  /** Looks at the desk as it is now: after each change of it, and now and then. */
  look({ connection, conversations }: AgentState, now: number): void {
    if (connection !== 'online') this.#onlineSince = Infinity;
    else if (this.#onlineSince === Infinity) this.#onlineSince = now;

    for (const { id, state } of conversations) {
      const notes = this.notes.value.get(id) ?? [];
      const wasAway = notes.at(-1)?.away ?? false;
      const isSettled = now - this.#onlineSince >= SETTLING;
      if (state.closed || state.customerAway === wasAway || (wasAway && !isSettled) || connection !== 'online') continue;
      const after = lastSequence(state.entries);
      const note = { key: `note-${notes.length + 1}`, after, away: state.customerAway, at: now };
      this.notes.set(new Map([...this.notes.value, [id, [...notes, note]]]));
    }
  }
}
