import type { ChatMessage, Conversation, Entry, SystemEvent } from '@customer-live-chat/sdk';
import { dayOf } from '../words/times';
import type { Note } from './notes';

/** What stands below each other in a conversation. */
export type Line =
  | { readonly kind: 'day'; readonly key: string; readonly timestamp: string }
  | { readonly kind: 'mark'; readonly key: string }
  | { readonly kind: 'message'; readonly key: string; readonly message: ChatMessage; readonly isFirst: boolean; readonly isLast: boolean; readonly isRead: boolean }
  | { readonly kind: 'event'; readonly key: string; readonly event: SystemEvent; readonly before: Conversation | null }
  | { readonly kind: 'note'; readonly key: string; readonly note: Note };

/** Follows at once on ASSIGNED, and says no more. */
const UNTOLD: readonly string[] = ['CONVERSATION_CONNECTED'];

export interface LogParts {
  readonly entries: readonly Entry[];
  /** The index of the first that has a line. What is before it counts still, so that no line is another one by it. */
  readonly from?: number;
  readonly notes: readonly Note[];
  /** The sequence of the first message that was new when the agent was elsewhere. */
  readonly mark: number | null;
  readonly readByCustomer: number;
}

/** Each line's key stays its own, whatever comes before or after it. */
export function linesOf({ entries, from = 0, notes, mark, readByCustomer }: LogParts): readonly Line[] {
  const lines: Line[] = [];
  const lastRead = newestRead(entries, readByCustomer);
  let { waiting, before, day, author } = contextOf(entries, from, notes);

  const tellNotes = (below: number): void => {
    for (let note; (note = waiting[0]) && note.after < below; waiting = waiting.slice(1), author = '') lines.push({ kind: 'note', key: note.key, note });
  };

  for (const entry of entries.slice(from)) {
    tellNotes(entry.sequence ?? Infinity);
    const timestamp = timeOf(entry);
    if (entry.kind === 'event' && isUntold(entry)) {
      before = entry.event.conversation;
      continue;
    }
    if (dayOf(timestamp) !== day) {
      day = dayOf(timestamp);
      author = '';
      lines.push({ kind: 'day', key: `day-${day}`, timestamp });
    }
    if (entry.kind === 'event') {
      lines.push({ kind: 'event', key: entry.key, event: entry.event, before });
      before = entry.event.conversation;
      author = '';
      continue;
    }
    if (mark !== null && entry.sequence === mark) {
      lines.push({ kind: 'mark', key: 'mark' });
      author = '';
    }
    const { message, key } = entry;
    const by = authorOf(message);
    lines.push({ kind: 'message', key, message, isFirst: by !== author, isLast: true, isRead: key === lastRead });
    author = by;
  }
  tellNotes(Infinity);
  return lines.map((line, index) => (line.kind === 'message' && goesOn(line.message, lines[index + 1]) ? { ...line, isLast: false } : line));
}

interface Context {
  readonly waiting: readonly Note[];
  readonly before: Conversation | null;
  readonly day: number;
  readonly author: string;
}

/** What the first line goes on from. */
function contextOf(entries: readonly Entry[], from: number, notes: readonly Note[]): Context {
  const last = lastWhere(entries, (entry) => !isUntold(entry), from);
  const event = lastWhere(entries, (entry) => entry.kind === 'event', from);
  const hidden = entries[from - 1]?.sequence ?? 0;
  return {
    waiting: notes.filter(({ after }) => after >= hidden),
    before: event?.kind === 'event' ? event.event.conversation : null,
    day: last ? dayOf(timeOf(last)) : 0,
    author: last?.kind === 'message' ? authorOf(last.message) : '',
  };
}

const isUntold = (entry: Entry): boolean => entry.kind === 'event' && UNTOLD.includes(entry.event.type);

const timeOf = (entry: Entry): string => (entry.kind === 'message' ? entry.message.timestamp : entry.event.timestamp);

const authorOf = ({ sender }: ChatMessage): string => `${sender.type} ${sender.id}`;

/** Of several in a row, by the same author within a minute, the last tells the time for all. */
function goesOn({ timestamp }: ChatMessage, next: Line | undefined): boolean {
  return next?.kind === 'message' && !next.isFirst && Math.floor(Date.parse(timestamp) / 60_000) === Math.floor(Date.parse(next.message.timestamp) / 60_000);
}

/** The newest own message that the customer has read: it alone says so. */
const newestRead = (entries: readonly Entry[], readByCustomer: number): string | null =>
  lastWhere(entries, (entry) => entry.kind === 'message' && entry.message.own && entry.sequence !== null && entry.sequence <= readByCustomer)?.key ?? null;

/** The highest sequence that is there. */
export const lastSequence = (entries: readonly Entry[]): number => lastWhere(entries, ({ sequence }) => sequence !== null)?.sequence ?? 0;

/** The last of those before this index that are wanted. */
export function lastWhere(entries: readonly Entry[], isWanted: (entry: Entry) => boolean, before = entries.length): Entry | undefined {
  for (let index = before - 1; index >= 0; index--) {
    const entry = entries[index];
    if (entry && isWanted(entry)) return entry;
  }
  return undefined;
}
