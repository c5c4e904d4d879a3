/** The server's shapes, as they travel over REST and the socket. What is not there is `null`, never missing. */

export type ConversationStatus = 'QUEUED' | 'ASSIGNED' | 'CONNECTED' | 'CLOSED';
export type ParticipantType = 'CUSTOMER' | 'AGENT' | 'SYSTEM';
/** Anything that is a JSON object, at most 4096 bytes of it. */
export type Metadata = Readonly<Record<string, unknown>>;

export interface Participant {
  readonly id: string;
  readonly type: ParticipantType;
  readonly displayName: string | null;
}

export interface QueuePlace {
  /** 1 is next. */
  readonly position: number;
  /** `null` while no agent is there. */
  readonly estimatedWaitSeconds: number | null;
}

export interface Conversation {
  readonly id: string;
  readonly status: ConversationStatus;
  readonly channel: string;
  readonly customer: { readonly id: string; readonly displayName: string | null; readonly phone: string | null };
  readonly agent: { readonly id: string; readonly displayName: string | null } | null;
  readonly queue: QueuePlace | null;
  readonly metadata: Metadata | null;
  /** How far each side has read: a sequence, 0 at first. */
  readonly read: { readonly customer: number; readonly agent: number };
  readonly lastSequence: number;
  readonly closedBy: ParticipantType | null;
  readonly closeReason: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly acceptedAt: string | null;
  readonly closedAt: string | null;
}

/** A conversation as lists and `POST /api/agent/sessions` give it. */
export interface ListedConversation extends Conversation {
  readonly unread: number;
  readonly lastMessage: Message | null;
}

export interface Message {
  readonly id: string;
  readonly conversationId: string;
  /** Its place in the conversation's log; messages and lifecycle events share the one numbering. */
  readonly sequence: number;
  readonly type: 'TEXT' | 'SYSTEM';
  readonly sender: Participant;
  readonly content: string;
  readonly metadata: Metadata | null;
  readonly clientMessageId: string | null;
  readonly timestamp: string;
}

export interface QueueEntry {
  readonly conversationId: string;
  readonly customerId: string;
  readonly customerName: string | null;
  readonly customerPhone: string | null;
  readonly channel: string;
  readonly enqueuedAt: string;
  readonly position: number;
}

export type SystemEventType =
  | 'SESSION_READY'
  | 'CONVERSATION_QUEUED'
  | 'QUEUE_POSITION'
  | 'CONVERSATION_ASSIGNED'
  | 'CONVERSATION_CONNECTED'
  | 'CONVERSATION_REQUEUED'
  | 'CUSTOMER_UPDATED'
  | 'PARTICIPANT_DISCONNECTED'
  | 'PARTICIPANT_RECONNECTED'
  | 'CONVERSATION_CLOSED';

export interface SystemEvent {
  readonly type: SystemEventType;
  readonly conversationId: string;
  readonly status: ConversationStatus | 'DISCONNECTED';
  /** The entry's place in the log; `null` on passing signals, which are not in it. */
  readonly sequence: number | null;
  readonly timestamp: string;
  /** As it stood after this event. */
  readonly conversation: Conversation;
  readonly participant: Participant | null;
  readonly queue: QueuePlace | null;
  readonly reason: string | null;
}

export interface ChatMessageEvent {
  readonly conversationId: string;
  readonly message: Message;
}

export interface TypingEvent {
  readonly conversationId: string;
  readonly participant: Participant;
  readonly typing: boolean;
  readonly expiresAt: string | null;
}

export interface ReadEvent {
  readonly conversationId: string;
  readonly participant: Participant;
  readonly sequence: number;
  readonly timestamp: string;
}

/** One entry of `GET …/events`: the same objects as the socket carries. */
export type LogItem =
  | { readonly sequence: number; readonly event: 'chat:message'; readonly payload: ChatMessageEvent }
  | { readonly sequence: number; readonly event: 'system:event'; readonly payload: SystemEvent };

export interface SessionAnswer {
  readonly conversationId: string;
  readonly status: ConversationStatus;
  readonly resumed: boolean;
  readonly conversation: Conversation;
  readonly sessionToken?: string | null;
  readonly sessionTokenExpiresAt?: string | null;
}

export interface AgentSessionAnswer {
  readonly agent: { readonly id: string; readonly displayName: string | null };
  readonly maxConcurrent: number;
  readonly conversations: readonly ListedConversation[];
  readonly queue: readonly QueueEntry[];
  readonly queueSize: number;
}
