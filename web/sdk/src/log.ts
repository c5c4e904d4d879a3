import type { ChatMessage, Entry } from './types.js';
import type { Conversation, LogItem } from './wire.js';

/** How many entries are loaded at first, and by each `loadOlder`. */
export const WINDOW = 100;
/** How many are loaded at most to count what is unread. */
const MOST = 1000;

export type Side = 'CUSTOMER' | 'AGENT';

/**
 * All that one side knows of a conversation: one immutable value, which `reduce` alone makes anew. What is loaded of the log
 * is a window without a hole, the entries from `floor + 1` to `last`.
 */
export interface ChatLog {
  readonly side: Side;
  /** The newest that was told of it; `null` before the first word. */
  readonly conversation: Conversation | null;
  readonly floor: number;
  readonly last: number;
  /** The highest sequence that the server has spoken of. Above `last` something is missing. */
  readonly target: number;
  readonly entries: readonly Entry[];
  /** The messages among the entries. */
  readonly messages: readonly ChatMessage[];
  /** Came too early: in order, all above `last + 1`. */
  readonly held: readonly LogItem[];
  /** Own ones that are not among the entries yet, in the order they were sent. */
  readonly pending: readonly ChatMessage[];
  readonly otherAway: boolean;
  readonly otherTyping: boolean;
  /**
   * The server may have another log than the one that was seen (its store was restored from a backup): `maybe` after a
   * lower number, which may also be an old one that came late; `surely` after another entry under a number that was seen.
   */
  readonly doubt: 'no' | 'maybe' | 'surely';
  /** What a list said when the log ended at `last`: it stands for what is not loaded of that. */
  readonly listed: { readonly unread: number; readonly lastMessage: ChatMessage | null; readonly last: number } | null;
}

export function emptyLog(side: Side): ChatLog {
  return Object.freeze({
    side,
    conversation: null,
    floor: 0,
    last: 0,
    target: 0,
    entries: Object.freeze([]),
    messages: Object.freeze([]),
    held: [],
    pending: [],
    otherAway: false,
    otherTyping: false,
    doubt: 'no',
    listed: null,
  });
}

/** Whether entries are missing that the server has. */
export const hasGap = (log: ChatLog): boolean => log.target > log.last;

/** Whether more is to be loaded: what is missing above, and, so that what is unread can be counted, down to what was read. */
export const isShort = (log: ChatLog): boolean => hasGap(log) || (log.floor > readBy(log, log.side) && log.last - log.floor < MOST);

/** The message that goes out next. */
export const nextToSend = (log: ChatLog): ChatMessage | undefined => log.pending.find((one) => one.delivery === 'sending');

/** Down to where each side has read. */
export const readBy = (log: ChatLog, side: Side): number => log.conversation?.read[side === 'AGENT' ? 'agent' : 'customer'] ?? 0;
