import type { ChatError } from './error.js';
import type { Conversation, ConversationStatus, Message, Metadata, ParticipantType, QueueEntry, QueuePlace, SystemEvent } from './wire.js';

/** `idle`: not started or stopped. `connecting`: for the first time. `offline`: lost, and being tried again. */
export type ConnectionState = 'idle' | 'connecting' | 'online' | 'offline';

/** `sending` may last for hours without a network, and never ends in `failed` for want of one. */
export type Delivery = 'sending' | 'sent' | 'failed';

/** A message as it is shown: the server's, or one that is still on its way. */
export interface ChatMessage {
  /** The same before and after the server has confirmed it: the key to render by. */
  readonly key: string;
  /** `null` until the server has confirmed it; so is `sequence`. */
  readonly id: string | null;
  readonly sequence: number | null;
  readonly clientMessageId: string | null;
  readonly type: Message['type'];
  readonly sender: Message['sender'];
  /** Whether it is of this side of the conversation. */
  readonly own: boolean;
  readonly content: string;
  readonly metadata: Metadata | null;
  /** RFC 3339. The server's once it is confirmed; never order by it. */
  readonly timestamp: string;
  readonly delivery: Delivery;
  /** Why, where `delivery` is `failed`. */
  readonly error?: ChatError;
}

/** A line of the conversation: a message, or something that happened (accepted, requeued, closed, …). */
export type Entry =
  | { readonly kind: 'message'; readonly key: string; readonly sequence: number | null; readonly message: ChatMessage }
  | { readonly kind: 'event'; readonly key: string; readonly sequence: number; readonly event: SystemEvent };

/** By whom it was closed, and why: what `close` was told, or `queue_timeout`, `inactivity`, `max_duration`, `erased`. */
export interface Closed {
  readonly by: ParticipantType;
  readonly reason: string | null;
}

/** What both sides know of a conversation. Frozen; whatever has not changed keeps its identity. */
export interface ConversationView {
  /** `null` until the server has told. */
  readonly status: ConversationStatus | null;
  readonly conversation: Conversation | null;
  /** Confirmed ones in the order of the log, then those on their way in the order they were sent. */
  readonly messages: readonly ChatMessage[];
  /** The same messages and, between them, what happened. */
  readonly entries: readonly Entry[];
  /** Whether there are older entries, for `loadOlder()`. */
  readonly hasMore: boolean;
  /** The other side's messages above what this side has read. */
  readonly unread: number;
  /** The newest confirmed message. */
  readonly lastMessage: ChatMessage | null;
  readonly closed: Closed | null;
}

export interface CustomerState extends ConversationView {
  readonly connection: ConnectionState;
  /** The place in the queue while waiting. */
  readonly queue: QueuePlace | null;
  readonly agentAway: boolean;
  readonly agentTyping: boolean;
  /** The sequence up to which the agent has read. */
  readonly readByAgent: number;
  /** Why it cannot go on, where the server has refused this visitor. */
  readonly error?: ChatError;
}

export interface AgentConversationState extends ConversationView {
  readonly customerAway: boolean;
  readonly customerTyping: boolean;
  /** The sequence up to which the customer has read. */
  readonly readByCustomer: number;
  /** Why it is no longer on this desk, in its last state: it is in the queue again, another agent's, or not to be had any more. */
  readonly left?: 'requeued' | 'transferred' | 'refused' | undefined;
}

/** The part of `localStorage` that is used. One that throws is as none: then nothing outlives the page. */
export interface ChatStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** A token, or what gives one: asked anew whenever the server no longer takes the last. */
export type TokenSource = string | (() => string | Promise<string>);

export interface CommonOptions {
  /** Where the REST API is, `https://chat.example:8383`. */
  readonly rest: string;
  /** Where the Socket.IO gateway is, `https://chat.example:9094`. */
  readonly gateway: string;
  /** Default: `localStorage` where there is one, else memory. */
  readonly storage?: ChatStorage;
  /** Sent as `Authorization: Bearer`, and in the socket's handshake. Default: none. */
  readonly token?: TokenSource;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof fetch;
}

export interface CustomerOptions extends CommonOptions {
  /** Who this visitor is, 200 characters at most. Default: a random id, kept in `storage`. */
  readonly fingerprint?: string;
  /** The website's word for `fingerprint`: the lower-case hex HMAC-SHA256 of it, made by the website's backend. */
  readonly identityHash?: string;
}

export interface AgentOptions extends CommonOptions {
  readonly agentId: string;
  readonly displayName?: string;
}

export interface StartDetails {
  /** 200 characters at most; so is `contact`. */
  readonly displayName?: string | null;
  /** A phone number or an e-mail address. */
  readonly contact?: string | null;
  /** Default: `web`. */
  readonly channel?: string | null;
  /** 4096 bytes as JSON at most; both sides see it. */
  readonly metadata?: Metadata | null;
}

export interface SendOptions {
  /** 4096 bytes as JSON at most. */
  readonly metadata?: Metadata | null;
}

export interface AgentState {
  readonly connection: ConnectionState;
  /** `null` before the first sign-in. */
  readonly agent: { readonly id: string; readonly displayName: string | null } | null;
  /** How many conversations one agent may hold; 0 before the first sign-in. */
  readonly maxConcurrent: number;
  /** The longest wait first: the first 100. */
  readonly queue: readonly QueueEntry[];
  readonly queueSize: number;
  /** In the order they were accepted; a closed one stays until it is dismissed. */
  readonly conversations: readonly AgentConversation[];
  /**
   * The server's clock less this machine's, in milliseconds: `Date.now() + clockOffset` is now by the clock of all its times.
   * 0 until it is known; never above the truth, and below it by as long as the quickest word of this connection was under way
   * (up to a second while there is no conversation).
   */
  readonly clockOffset: number;
  /** Why it cannot go on, where the server has refused this agent. */
  readonly error?: ChatError;
}

/** Ends what `subscribe` began. */
export type Unsubscribe = () => void;

/** One chat of an agent. */
export interface AgentConversation {
  readonly id: string;
  /** Frozen; a new object on each change. */
  readonly state: AgentConversationState;
  /** Calls `listener` after each change of `state`. */
  subscribe(listener: () => void): Unsubscribe;
  /**
   * Puts a message into the outbox, from where it goes out in order, whatever the network does.
   * @returns the message as it is shown from now on.
   * @throws ChatError `validation` (no text, blank, above 4000 characters, with a NUL or half a character), `gone` (the chat is closed), `stopped`.
   */
  send(content: string, options?: SendOptions): ChatMessage;
  /** Sends one that has failed once more, as a new message at the end. Does nothing for any other. */
  retry(message: ChatMessage): void;
  /** Tells the customer that the agent is writing: for each input, with the text or whether there is any. Best effort. */
  typing(typing: boolean | string): void;
  /** Marks all up to this sequence as read. Only ever forward. Repeated until the server knows. */
  read(sequence: number): void;
  /**
   * Ends the chat, after what is in the outbox has been sent.
   * @returns the conversation as it was closed; closing twice changes nothing.
   * @throws ChatError; `network`, `timeout` (also where a message is still on its way), `unavailable`, … after 15 s of tries.
   */
  close(reason?: string): Promise<Conversation>;
  /** Loads up to 100 older entries. @returns whether there are still more. @throws ChatError as `close`. */
  loadOlder(): Promise<boolean>;
  /** Takes a chat that is closed off the list. Does nothing for an open one. */
  dismiss(): void;
}
