import { readBy, type ChatLog } from './log.js';
import { messageItem, shown, type ChatEvent } from './reduce.js';
import type { ConversationView } from './types.js';
import { unread } from './view.js';
import type { Conversation, ListedConversation } from './wire.js';

/** What an answer says of a conversation, and a list of it beside. */
export function toldOf(told: Conversation | ListedConversation): readonly ChatEvent[] {
  if (!('lastMessage' in told)) return [{ type: 'told', conversation: told }];

  const { unread, lastMessage, ...conversation } = told;
  const listed = { unread, lastMessage: lastMessage && shown(lastMessage, 'AGENT'), last: conversation.lastSequence };
  // As an entry the newest message says whether the server's log is still the one that was seen.
  const newest: ChatEvent[] = lastMessage ? [{ type: 'logged', items: [messageItem(lastMessage)] }] : [];
  return [{ type: 'told', conversation, listed }, ...newest];
}

/** What a list has counted stands for all that is not loaded of it. */
export function seenInList(log: ChatLog): Partial<ConversationView> {
  const { listed, messages, floor, last } = log;
  if (!listed) return {};
  const isLoaded = floor <= readBy(log, 'AGENT') && last >= listed.last;
  return { ...(!isLoaded && { unread: listed.unread + unread(log, listed.last) }), lastMessage: messages.at(-1) ?? listed.lastMessage };
}
