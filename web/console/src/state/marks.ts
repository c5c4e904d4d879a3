import type { AgentConversation } from '@customer-live-chat/sdk';
import { isLookedAt } from './focus';
import { keep, kept } from './kept';
import { Store } from './store';

/** By chat: the sequence of the first message that came while the agent was elsewhere. */
export type Marks = ReadonlyMap<string, number>;

const MOST = 50;

/** Where "new" began in each chat: it stays there, also once it is read, until the agent has answered. */
export class MarkBook {
  readonly marks: Store<Marks>;
  readonly #key: string;

  constructor(agentId: string) {
    this.#key = `live-chat-console:marks:${agentId}`;
    this.marks = new Store(readMarks(kept(this.#key, 'sessionStorage')));
  }

  /** Looks at the chats as they are now: after each change of them. */
  look(conversations: readonly AgentConversation[], isSeen = isLookedAt): void {
    for (const { id, state } of conversations) {
      if (state.unread === 0 || this.marks.value.has(id) || isSeen(id)) continue;
      const read = state.conversation?.read.agent ?? 0;
      const first = state.messages.find(({ own, sequence }) => !own && sequence !== null && sequence > read)?.sequence;
      if (typeof first === 'number') this.#set([...this.marks.value, [id, first]]);
    }
  }

  clear(id: string): void {
    if (this.marks.value.has(id)) this.#set([...this.marks.value].filter(([one]) => one !== id));
  }

  forget(): void {
    keep(this.#key, null, 'sessionStorage');
  }

  #set(marks: readonly (readonly [string, number])[]): void {
    this.marks.set(new Map(marks.slice(-MOST)));
    keep(this.#key, [...this.marks.value], 'sessionStorage');
  }
}

export function readMarks(value: unknown): Marks {
  const isMark = (one: unknown): one is [string, number] => Array.isArray(one) && typeof one[0] === 'string' && typeof one[1] === 'number';
  return new Map(Array.isArray(value) ? value.filter(isMark) : []);
}
