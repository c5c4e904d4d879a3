import { readBy, type ChatLog } from './log.js';
import type { ChatMessage, Closed, ConversationView, Entry } from './types.js';

/** What is shown of a log. */
export function viewOf(log: ChatLog): ConversationView {
  const { conversation, pending, messages, entries } = log;
  return {
    status: conversation?.status ?? null,
    conversation,
    messages: pending.length ? Object.freeze([...messages, ...pending]) : messages,
    entries: pending.length ? Object.freeze([...entries, ...pending.map(entryOfPending)]) : entries,
    hasMore: log.floor > 0,
    unread: unread(log, readBy(log, log.side)),
    lastMessage: messages.at(-1) ?? null,
    closed: closed(log),
  };
}

const entryOfPending = (message: ChatMessage): Entry => Object.freeze({ kind: 'message', key: message.key, sequence: message.sequence, message });

/** Counted from the end, where what is unread is. */
export function unread({ messages }: ChatLog, above: number): number {
  let count = 0;
  for (let index = messages.length - 1; (messages[index]?.sequence ?? 0) > above; index--) {
    if (!messages[index]?.own && messages[index]?.type === 'TEXT') count++;
  }
  return count;
}

function closed({ conversation }: ChatLog): Closed | null {
  return conversation?.status === 'CLOSED' ? { by: conversation.closedBy ?? 'SYSTEM', reason: conversation.closeReason } : null;
}
