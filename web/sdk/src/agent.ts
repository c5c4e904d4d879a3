import { ChatError } from './error.js';
import type { AgentConversation, AgentOptions, AgentState, Unsubscribe } from './types.js';

/** An agent's desk: the queue and every conversation the agent holds, over one socket. */
export class AgentChat {
  constructor(readonly options: AgentOptions) {}

  /** Frozen; a new object on each change of its own fields. Each conversation has a `state` and a `subscribe` of its own. */
  get state(): AgentState {
    throw new ChatError('not_started', 'Not built yet.');
  }

  /** Calls `listener` after each change, those of the conversations included. */
  subscribe(_listener: () => void): Unsubscribe {
    return () => undefined;
  }

  /** Signs in. Repeated until the server has answered. @throws ChatError `unauthenticated`, `forbidden`, `validation`, `stopped`. */
  start(): Promise<void> {
    return Promise.reject(new ChatError('stopped', 'Not built yet.'));
  }

  /**
   * Takes a conversation out of the queue.
   * @throws ChatError `conflict` (another agent was first), `agent_at_capacity`, `gone`; `network`, … after 15 s of tries.
   */
  accept(_conversationId: string): Promise<AgentConversation> {
    return Promise.reject(new ChatError('not_started', 'Not built yet.'));
  }

  /** Ends sockets, timers and listeners. What is in the outboxes is kept, and goes out after the next `start`. */
  stop(): void {}
}
