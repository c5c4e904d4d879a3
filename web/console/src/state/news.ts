import type { AgentConversation, AgentState, ChatMessage, QueueEntry } from '@customer-live-chat/sdk';

/** What was there the last time that one looked. */
export interface Seen {
  /** By conversation: the highest sequence of its messages. */
  readonly messages: ReadonlyMap<string, number>;
  readonly queue: ReadonlySet<string>;
}

export interface News {
  readonly seen: Seen;
  readonly messages: readonly { readonly conversation: AgentConversation; readonly message: ChatMessage }[];
  readonly queued: readonly QueueEntry[];
}

/** What a customer wrote, and who came to wait, since then. What is there at first sight is no news. */
export function newsSince(seen: Seen | null, { conversations, queue, agent }: AgentState): News | null {
  if (!agent) return null;
  const now = {
    messages: new Map(conversations.map(({ id, state }) => [id, state.lastMessage?.sequence ?? 0])),
    queue: new Set(queue.map(({ conversationId }) => conversationId)),
  };
  if (!seen) return { seen: now, messages: [], queued: [] };

  const messages = conversations.flatMap((conversation) => {
    const { id, state } = conversation;
    const message = state.lastMessage;
    const before = seen.messages.get(id);
    const isNew = before !== undefined && message && !message.own && (message.sequence ?? 0) > before;
    return isNew ? [{ conversation, message }] : [];
  });
  // One that was accepted and comes back has waited before, but it is news all the same.
  const queued = queue.filter(({ conversationId }) => !seen.queue.has(conversationId));
  return { seen: now, messages, queued };
}

/** What the title and the icon count. */
export const unreadOf = (conversations: readonly AgentConversation[]): number => conversations.reduce((sum, { state }) => sum + state.unread, 0);

export const titleOf = (title: string, unread: number): string => (unread > 0 ? `(${unread}) ${title}` : title);
