import type { ConversationEngine } from './engine.js';
import { seenInList } from './listed.js';
import { readBy } from './log.js';
import type { Subject } from './subject.js';
import type { AgentConversation, AgentConversationState, ChatMessage, SendOptions, Unsubscribe } from './types.js';
import { viewOf } from './view.js';
import type { Conversation } from './wire.js';

/** One chat on the desk: a conversation's engine with an agent's words. */
export class DeskConversation implements AgentConversation {
  #state: AgentConversationState;
  left: AgentConversationState['left'];

  constructor(
    readonly engine: ConversationEngine,
    private readonly subject: Subject,
    private readonly dismissed: () => void,
  ) {
    this.#state = this.#compose();
  }

  get id(): string {
    return this.engine.id;
  }

  get state(): AgentConversationState {
    return this.#state;
  }

  readonly subscribe = (listener: () => void): Unsubscribe => this.subject.subscribe(listener);

  /** The log has changed. */
  changed(): void {
    this.#state = this.#compose();
    this.subject.tell();
  }

  send(content: string, options?: SendOptions): ChatMessage {
    return this.engine.send(content, options);
  }

  retry(message: ChatMessage): void {
    this.engine.retry(message);
  }

  typing(typing: boolean | string): void {
    this.engine.typing(typing);
  }

  read(sequence: number): void {
    this.engine.read(sequence);
  }

  async close(reason?: string): Promise<Conversation> {
    return this.engine.close(reason);
  }

  async loadOlder(): Promise<boolean> {
    return this.engine.loadOlder();
  }

  dismiss(): void {
    if (this.#state.status === 'CLOSED') this.dismissed();
  }

  #compose(): AgentConversationState {
    const { log } = this.engine;
    return Object.freeze({
      ...viewOf(log),
      ...seenInList(log),
      customerAway: log.otherAway,
      customerTyping: log.otherTyping,
      readByCustomer: readBy(log, 'CUSTOMER'),
      left: this.left,
    });
  }
}
