import { hasGap, readBy, type ChatLog } from './log.js';
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
    unread: unread(log),
    lastMessage: messages.at(-1) ?? log.listed?.lastMessage ?? null,
    closed: closed(log),
  };
}

const entryOfPending = (message: ChatMessage): Entry => Object.freeze({ kind: 'message', key: message.key, sequence: message.sequence, message });

function unread(log: ChatLog): number {
  if (log.listed && isUnloaded(log)) return log.listed.unread;
  const read = readBy(log, log.side);
  return log.messages.filter((one) => !one.own && one.type === 'TEXT' && (one.sequence ?? 0) > read).length;
}

const isUnloaded = (log: ChatLog): boolean => log.last === log.floor && hasGap(log);

function closed({ conversation }: ChatLog): Closed | null {
  return conversation?.status === 'CLOSED' ? { by: conversation.closedBy ?? 'SYSTEM', reason: conversation.closeReason } : null;
}
