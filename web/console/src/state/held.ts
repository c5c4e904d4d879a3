import type { AgentConversation } from '@customer-live-chat/sdk';
import { customerName } from '../words/names';

export const nameOf = ({ id, state: { conversation } }: AgentConversation): string =>
  customerName(conversation?.customer.id ?? id, conversation?.customer.displayName);

/** The open chats of the desk. The SDK takes off what is no longer this agent's, without a word. */
export class Held {
  readonly #names = new Map<string, string>();

  /** @returns the names of those that have left since the last look, without having been closed */
  look(conversations: readonly AgentConversation[]): readonly string[] {
    const left: string[] = [];
    for (const [id, name] of this.#names) if (!conversations.some((one) => one.id === id)) left.push(name);
    this.#names.clear();
    for (const one of conversations) if (!one.state.closed) this.#names.set(one.id, nameOf(one));
    return left;
  }
}
