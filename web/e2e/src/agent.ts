import type { Server } from './server';

interface Entry {
  readonly event: string;
  readonly payload: { readonly message?: { readonly content: string; readonly sender: { readonly type: string } } };
}

/** An agent that works by calls alone, for what is tested at the visitor's side. */
export class Agent {
  constructor(
    readonly server: Server,
    readonly id = 'agent-123',
    readonly name = 'Ashik',
    readonly headers: Record<string, string> = {},
  ) {}

  /** Takes the chat of the customer of this name. */
  async accept(customer: string): Promise<string> {
    const queue = await this.#get<{ conversationId: string; customerName: string | null }[]>('/api/agent/queue?size=100');
    const id = queue.find(({ customerName }) => customerName === customer)?.conversationId;
    if (id === undefined) throw new Error(`${customer} does not wait.`);
    await this.server.post(`/api/agent/conversations/${id}/accept`, { agentId: this.id, displayName: this.name }, this.headers);
    return id;
  }

  send(conversation: string, content: string): Promise<unknown> {
    return this.server.post(`/api/agent/conversations/${conversation}/messages`, { content, agentId: this.id }, this.headers);
  }

  close(conversation: string, reason: string): Promise<unknown> {
    return this.server.post(`/api/agent/conversations/${conversation}/close`, { reason, agentId: this.id }, this.headers);
  }

  /** What was said by whom, as the log has it. */
  async said(conversation: string, by: 'CUSTOMER' | 'AGENT'): Promise<string[]> {
    const entries = await this.#get<Entry[]>(`/api/agent/conversations/${conversation}/events?limit=500&agentId=${this.id}`);
    return entries.flatMap(({ payload: { message } }) => (message && message.sender.type === by ? [message.content] : []));
  }

  async #get<T>(path: string): Promise<T> {
    const answer = await fetch(this.server.rest + path, { headers: this.headers, signal: AbortSignal.timeout(30_000) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return (await answer.json()) as T;
  }
}
