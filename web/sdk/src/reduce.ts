import type { ChatError } from './error.js';
import { WINDOW, emptyLog, readBy, type ChatLog, type Side } from './log.js';
import type { ChatMessage, Entry } from './types.js';
import type { Conversation, LogItem, Message, SystemEvent } from './wire.js';

/** Everything that can happen to a conversation: from the socket, from an answer over REST, or done here. */
export type ChatEvent =
  /** Where the conversation stands, by an answer or by SESSION_READY. */
  | { readonly type: 'told'; readonly conversation: Conversation; readonly listed?: ChatLog['listed'] }
  /** Entries of the log, from the socket or from `GET …/events`: in any order, any number of times. */
  | { readonly type: 'logged'; readonly items: readonly LogItem[] }
  /** Entries below the window. */
  | { readonly type: 'older'; readonly items: readonly LogItem[] }
  /** A passing signal, which is not in the log. */
  | { readonly type: 'signal'; readonly event: SystemEvent }
  | { readonly type: 'typing'; readonly by: string; readonly typing: boolean }
  | { readonly type: 'read'; readonly by: string; readonly sequence: number }
  | { readonly type: 'sent'; readonly message: ChatMessage }
  | { readonly type: 'confirmed'; readonly clientMessageId: string; readonly message: Message }
  | { readonly type: 'failed'; readonly error: ChatError; readonly clientMessageId: string | undefined }
  | { readonly type: 'dropped'; readonly clientMessageId: string }
  /** The connection is gone: what was a passing signal is no longer known. */
  | { readonly type: 'cut' }
  /** The server's own word, asked for after `last` was seen. */
  | { readonly type: 'checked'; readonly conversation: Conversation; readonly last: number };

/** Pure. Events that change nothing give the same object back. */
export function reduce(log: ChatLog, event: ChatEvent): ChatLog {
  const next = apply(log, event);
  return next === log ? log : Object.freeze(next);
}

function apply(log: ChatLog, event: ChatEvent): ChatLog {
  switch (event.type) {
    case 'told':
      return event.listed ? { ...told(log, event.conversation), listed: event.listed } : told(log, event.conversation);
    case 'logged':
      return event.items.length ? merge(log, event.items) : log;
    case 'older':
      return older(log, event.items);
    case 'signal':
      return signal(log, event.event);
    case 'typing':
      return event.by === log.side || event.typing === log.otherTyping ? log : { ...log, otherTyping: event.typing };
    case 'read':
      return read(log, event.by === 'AGENT' ? 'AGENT' : 'CUSTOMER', event.sequence);
    case 'sent':
      return log.pending.some((one) => one.key === event.message.key) || log.messages.some((one) => one.key === event.message.key) ? log : { ...log, pending: [...log.pending, event.message] };
    case 'confirmed':
      return confirmed(log, event.clientMessageId, event.message);
    case 'failed':
      return changePending(log, (one) =>
        one.delivery === 'sending' && (event.clientMessageId ?? one.key) === one.key
          ? Object.freeze({ ...one, delivery: 'failed' as const, error: event.error })
          : one,
      );
    case 'dropped':
      return changePending(log, (one) => (one.key === event.clientMessageId ? null : one));
    case 'cut':
      return log.otherAway || log.otherTyping ? { ...log, otherAway: false, otherTyping: false } : log;
    case 'checked':
      return log.doubt === 'surely' || event.conversation.lastSequence < event.last
        ? restart(log, event.conversation)
        : { ...told(log, event.conversation), doubt: 'no' };
  }
}

function told(log: ChatLog, conversation: Conversation): ChatLog {
  if (!log.conversation) return restart(log, conversation);

  const next = { ...follow(log, conversation), target: Math.max(log.target, conversation.lastSequence) };
  return conversation.lastSequence < log.last && log.doubt === 'no' ? { ...next, doubt: 'maybe' } : next;
}

/** Begins with the server's log as it stands now. What was confirmed by a log that is gone goes out again. */
function restart(log: ChatLog, conversation: Conversation): ChatLog {
  const floor = Math.max(0, conversation.lastSequence - WINDOW);
  const begun: ChatLog = {
    ...emptyLog(log.side),
    conversation: Object.freeze(conversation),
    floor,
    last: floor,
    target: conversation.lastSequence,
    pending: log.pending.map((one) =>
      one.delivery === 'sent' ? Object.freeze({ ...one, id: null, sequence: null, delivery: 'sending' as const }) : one,
    ),
  };
  // What came before the first word is not lost.
  return log.conversation ? begun : merge(begun, log.held);
}

/** Takes what follows the last entry, in order, and holds back what came too early. */
function merge(log: ChatLog, items: readonly LogItem[]): ChatLog {
  if (items.some((item) => isAnother(log, item))) return log.doubt === 'surely' ? log : { ...log, doubt: 'surely' };

  const waiting = new Map(log.held.map((item) => [item.sequence, item]));
  const before = waiting.size;
  for (const item of items) if (item.sequence > log.last && !waiting.has(item.sequence)) waiting.set(item.sequence, item);
  if (waiting.size === before) return log;

  const held = [...waiting.values()].sort((a, b) => a.sequence - b.sequence);
  const target = Math.max(log.target, held.at(-1)?.sequence ?? 0);
  if (!log.conversation) return { ...log, held, target };

  let taken = 0;
  while (held[taken]?.sequence === log.last + 1 + taken) taken++;
  const next = { ...log, held: held.slice(taken), target };
  return taken ? append(next, held.slice(0, taken)) : next;
}

function append(log: ChatLog, items: readonly LogItem[]): ChatLog {
  let next = log;
  const added: Entry[] = [];
  const own = new Set<string>();
  for (const item of items) {
    added.push(entryOf(item, log.side));
    if (item.event === 'chat:message') {
      const { sender, clientMessageId } = item.payload.message;
      if (sender.type !== log.side) next = { ...next, otherTyping: false };
      else if (clientMessageId !== null) own.add(clientMessageId);
    } else {
      next = follow(next, item.payload.conversation);
    }
  }
  const last = log.last + items.length;
  const { conversation } = next;
  return {
    ...next,
    conversation: conversation && conversation.lastSequence < last ? Object.freeze({ ...conversation, lastSequence: last }) : conversation,
    last,
    entries: Object.freeze([...log.entries, ...added]),
    messages: Object.freeze([...log.messages, ...messagesOf(added)]),
    pending: own.size ? log.pending.filter((one) => !own.has(one.key)) : log.pending,
  };
}

function older(log: ChatLog, items: readonly LogItem[]): ChatLog {
  const added: Entry[] = [];
  for (const item of [...items].reverse()) if (item.sequence === log.floor - added.length) added.push(entryOf(item, log.side));
  if (added.length === 0) return log;

  added.reverse();
  return {
    ...log,
    floor: log.floor - added.length,
    entries: Object.freeze([...added, ...log.entries]),
    messages: Object.freeze([...messagesOf(added), ...log.messages]),
  };
}

/** The answer to a send and the socket's copy of it race: whichever is first confirms it, the second finds nothing to do. */
function confirmed(log: ChatLog, clientMessageId: string, message: Message): ChatLog {
  const merged = merge(log, [messageItem(message)]);
  return changePending(merged, (one) => {
    if (one.key !== clientMessageId) return one;
    return message.sequence <= merged.last ? null : Object.freeze({ ...shown(message, log.side), key: one.key });
  });
}

function signal(log: ChatLog, { type, participant, conversation, queue }: SystemEvent): ChatLog {
  const next = told(log, conversation);
  // The place is news even where the rest of what it says is older than what is known.
  if (type === 'QUEUE_POSITION' && next.conversation?.status === 'QUEUED') return { ...next, conversation: Object.freeze({ ...next.conversation, queue }) };
  if (!type.startsWith('PARTICIPANT_') || participant?.type === log.side) return next;
  return { ...next, otherAway: type === 'PARTICIPANT_DISCONNECTED', otherTyping: false };
}

function read(log: ChatLog, by: Side, sequence: number): ChatLog {
  if (!log.conversation || !(sequence > readBy(log, by))) return log;
  const { read: before } = log.conversation;
  const now = by === 'AGENT' ? { ...before, agent: sequence } : { ...before, customer: sequence };
  return { ...log, conversation: Object.freeze({ ...log.conversation, read: now }) };
}

/** Goes by the later snapshot. Another agent, and the end, leave nothing of whether the other side is away or writes. */
function follow(log: ChatLog, told: Conversation): ChatLog {
  const before = log.conversation;
  const conversation = before ? newer(before, told) : told;
  const isSame = conversation.status !== 'CLOSED' && (log.side === 'AGENT' || before?.agent?.id === conversation.agent?.id);
  return isSame ? { ...log, conversation } : { ...log, conversation, otherAway: false, otherTyping: false };
}

/** The later of two snapshots; how far each side has read only ever grows. */
function newer(known: Conversation, told: Conversation): Conversation {
  const { read: a } = known;
  const { read: b } = told;
  return Object.freeze({ ...(told.lastSequence < known.lastSequence ? known : told), read: { customer: Math.max(a.customer, b.customer), agent: Math.max(a.agent, b.agent) } });
}

/** Whether a number that was seen stands for something else now. */
function isAnother(log: ChatLog, item: LogItem): boolean {
  if (item.sequence <= log.floor || item.sequence > log.last) return false;
  const seen = log.entries[item.sequence - log.floor - 1];
  if (item.event === 'chat:message') return seen?.kind !== 'message' || seen.message.id !== item.payload.message.id;
  return seen?.kind !== 'event' || seen.event.type !== item.payload.type;
}

function changePending(log: ChatLog, change: (one: ChatMessage) => ChatMessage | null): ChatLog {
  const pending = log.pending.map(change).filter((one) => one !== null);
  return log.pending.every((one, index) => one === pending[index]) ? log : { ...log, pending };
}

export const messageItem = (message: Message): LogItem => ({
  sequence: message.sequence,
  event: 'chat:message',
  payload: { conversationId: message.conversationId, message },
});

const messagesOf = (entries: readonly Entry[]): ChatMessage[] => entries.flatMap((entry) => (entry.kind === 'message' ? [entry.message] : []));

function entryOf(item: LogItem, side: Side): Entry {
  if (item.event === 'system:event') return Object.freeze({ kind: 'event', key: `event-${item.sequence}`, sequence: item.sequence, event: item.payload });
  const message = shown(item.payload.message, side);
  return Object.freeze({ kind: 'message', key: message.key, sequence: item.sequence, message });
}

export function shown({ id, sequence, clientMessageId, type, sender, content, metadata, timestamp }: Message, side: Side): ChatMessage {
  const own = sender.type === side;
  const key = own && clientMessageId !== null ? clientMessageId : id;
  return Object.freeze({ key, id, sequence, clientMessageId, type, sender, own, content, metadata, timestamp, delivery: 'sent' });
}
