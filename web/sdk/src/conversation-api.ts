import type { Side } from './log.js';
import { isConversation, isLog, isMessage } from './parse.js';
import type { RestClient } from './rest.js';
import type { ChatMessage } from './types.js';
import type { Conversation, LogItem, Message } from './wire.js';

/** How many entries of the log are asked for at once. */
export const PAGE = 200;

/** The calls of one conversation, the same for both sides but for where they are. Each is one try. */
export class ConversationApi {
  readonly #path: string;

  constructor(
    private readonly rest: RestClient,
    side: Side,
    conversationId: string,
    private readonly signal: AbortSignal,
    /** Says who acts where no credential does; else a message could go out in the name of whoever holds the chat now. */
    private readonly agentId?: string,
  ) {
    this.#path = `/api/${side.toLowerCase()}/conversations/${encodeURIComponent(conversationId)}`;
  }

  get(): Promise<Conversation> {
    return this.rest.call(this.#path, { is: isConversation, signal: this.signal });
  }

  events(after: number, limit = PAGE): Promise<readonly LogItem[]> {
    return this.rest.call(`${this.#path}/events?after=${after}&limit=${limit}`, { is: isLog, signal: this.signal });
  }

  send({ content, metadata, clientMessageId }: ChatMessage): Promise<Message> {
    return this.#post('messages', { content, metadata, clientMessageId }, isMessage);
  }

  close(reason: string | undefined): Promise<Conversation> {
    return this.#post('close', { reason }, isConversation);
  }

  read(sequence: number): Promise<void> {
    return this.#post('read', { sequence });
  }

  #post<T = void>(what: string, body: object, is?: (value: unknown) => value is T): Promise<T> {
    return this.rest.call<T>(`${this.#path}/${what}`, { body: { ...body, agentId: this.agentId }, signal: this.signal, ...(is && { is }) });
  }
}
