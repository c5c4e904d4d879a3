import { vi } from 'vitest';
import type { Environment, PageSignal } from '../src/environment.js';
import type { ChatError } from '../src/error.js';
import type { SocketHandlers } from '../src/socket.js';
import type { ChatStorage } from '../src/types.js';
import type { Conversation, LogItem, Message, ParticipantType, SystemEvent, SystemEventType } from '../src/wire.js';

export const REST = 'https://chat.example:8383';
export const GATEWAY = 'https://chat.example:9094';
export const AT = '2025-11-13T11:36:03.351Z';

export function conversation(change: Partial<Conversation> = {}): Conversation {
  return {
    id: 'c-1',
    status: 'CONNECTED',
    channel: 'web',
    customer: { id: 'visitor', displayName: 'Jane', phone: null },
    agent: { id: 'agent-1', displayName: 'Ashik' },
    queue: null,
    metadata: null,
    read: { customer: 0, agent: 0 },
    lastSequence: 0,
    closedBy: null,
    closeReason: null,
    createdAt: AT,
    updatedAt: AT,
    acceptedAt: AT,
    closedAt: null,
    ...change,
  };
}

export function message(sequence: number, change: Partial<Message> = {}): Message {
  return {
    id: `m-${sequence}`,
    conversationId: 'c-1',
    sequence,
    type: 'TEXT',
    sender: { id: 'agent-1', type: 'AGENT', displayName: 'Ashik' },
    content: `text ${sequence}`,
    metadata: null,
    clientMessageId: null,
    timestamp: AT,
    ...change,
  };
}

export const messageItem = (sequence: number, change: Partial<Message> = {}): LogItem => ({
  sequence,
  event: 'chat:message',
  payload: { conversationId: change.conversationId ?? 'c-1', message: message(sequence, change) },
});

export function systemEvent(type: SystemEventType, sequence: number | null, told: Conversation, by: ParticipantType = 'AGENT'): SystemEvent {
  return {
    type,
    conversationId: told.id,
    status: type === 'PARTICIPANT_DISCONNECTED' ? 'DISCONNECTED' : told.status,
    sequence,
    timestamp: AT,
    conversation: told,
    participant: { id: by === 'AGENT' ? 'agent-1' : 'visitor', type: by, displayName: null },
    queue: told.queue,
    reason: told.closeReason,
  };
}

export const systemItem = (type: SystemEventType, sequence: number, told: Conversation): LogItem => ({
  sequence,
  event: 'system:event',
  payload: systemEvent(type, sequence, { ...told, lastSequence: sequence }),
});

export function memoryStorage(): ChatStorage & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

/** The one connection of a chat, with the server's hands. */
export class FakeSocket {
  isOpen = true;
  isUp = false;
  reconnects = 0;
  readonly emitted: { readonly name: string; readonly payload: unknown }[] = [];

  constructor(readonly handlers: SocketHandlers) {}

  /** Lets it in. @returns what it sent as `auth`. */
  async accept(recovered = false): Promise<Record<string, unknown>> {
    const auth = await this.handlers.auth();
    this.isUp = true;
    this.handlers.connected(recovered);
    return auth;
  }

  drop(kicked = false): void {
    this.isUp = false;
    this.handlers.disconnected(kicked);
  }

  refuse(error: ChatError): void {
    this.handlers.refused(error.message, { code: error.code });
  }

  say(name: string, payload: unknown): void {
    this.handlers.event(name, payload);
  }

  tell(item: LogItem): void {
    this.say(item.event, item.payload);
  }
}

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly body: Record<string, unknown> | undefined;
  readonly headers: Record<string, string>;
}

export type Answer = { readonly status?: number; readonly body?: unknown; readonly headers?: Record<string, string> } | 'no network' | 'silence';
export type Answerer = (request: Request) => Answer | Promise<Answer>;

/** Page, network and clock of one tab. Time is vitest's. */
export class World {
  readonly requests: Request[] = [];
  readonly sockets: FakeSocket[] = [];
  answer: Answerer = () => 'no network';
  readonly #signals = new Map<PageSignal, Set<() => void>>();
  #ids = 0;

  constructor(readonly name = 'tab') {}

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('There is no socket.');
    return socket;
  }

  signal(signal: PageSignal): void {
    for (const handler of this.#signals.get(signal) ?? []) handler();
  }

  get listeners(): number {
    return [...this.#signals.values()].reduce((sum, all) => sum + all.size, 0);
  }

  sent(method: string, end: string): Request[] {
    return this.requests.filter((one) => one.method === method && one.path.endsWith(end));
  }

  readonly environment: Partial<Environment> = {
    storage: undefined,
    locks: undefined,
    random: () => 0.5,
    id: () => `${this.name}-id-${String(++this.#ids).padStart(12, '0')}`,
    connect: (_gateway, handlers) => {
      const socket = new FakeSocket(handlers);
      this.sockets.push(socket);
      return {
        emit: (name, payload) => void socket.emitted.push({ name, payload }),
        reconnect: () => void socket.reconnects++,
        close: () => void (socket.isOpen = false),
      };
    },
    listen: (signal, handler) => {
      const all = this.#signals.get(signal) ?? new Set();
      this.#signals.set(signal, all.add(handler));
      return () => all.delete(handler);
    },
    fetch: async (url, init) => {
      const path = String(url).slice(REST.length);
      const body = typeof init?.body === 'string' ? (JSON.parse(init.body) as Record<string, unknown>) : undefined;
      const request = { method: init?.method ?? 'GET', path, body, headers: (init?.headers ?? {}) as Record<string, string> };
      this.requests.push(request);
      const answer = await this.answer(request);
      if (answer === 'no network') throw new TypeError('Failed to fetch');
      if (answer === 'silence') {
        return new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError'))));
      }
      const status = answer.status ?? 200;
      return new Response(status === 204 ? null : JSON.stringify(answer.body ?? null), { status, headers: answer.headers ?? {} });
    },
  };
}

/** Lets everything happen that is due, without time passing. */
export const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
export const pass = (milliseconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);

/** A chat server as far as one conversation needs it: the log is the truth. */
export class FakeServer {
  log: LogItem[] = [];
  status: Conversation['status'] = 'CONNECTED';
  read = { customer: 0, agent: 0 };
  /** Stands before the server: what it gives back is the answer instead. */
  fault: (request: Request) => Answer | undefined = () => undefined;
  /** Whether its sockets bring anything: a network that is half open swallows it all. */
  echoes = true;
  readonly worlds: World[] = [];

  constructor(readonly id = 'c-1') {}

  get conversation(): Conversation {
    const closed = this.status === 'CLOSED' ? { closedBy: 'AGENT' as const, closeReason: 'resolved' } : {};
    return conversation({ id: this.id, status: this.status, lastSequence: this.log.length, read: this.read, ...closed });
  }

  serve(world: World): void {
    this.worlds.push(world);
    world.answer = (request) => this.fault(request) ?? this.#answer(request);
  }

  /** Somebody writes, and every socket that is up is told. */
  write(change: Partial<Message> = {}): Message {
    const item = messageItem(this.log.length + 1, { conversationId: this.id, ...change });
    this.#add(item);
    return (item.payload as { message: Message }).message;
  }

  happen(type: SystemEventType, status: Conversation['status']): void {
    this.status = status;
    this.#add(systemItem(type, this.log.length + 1, this.conversation));
  }

  ready(): SystemEvent {
    return systemEvent('SESSION_READY', this.log.length, this.conversation);
  }

  #add(item: LogItem): void {
    this.log.push(item);
    if (!this.echoes) return;
    for (const world of this.worlds) for (const socket of world.sockets) if (socket.isUp && socket.isOpen) socket.tell(item);
  }

  #answer({ method, path, body }: Request): Answer {
    const [where = '', query = ''] = path.split('?');
    if (where === '/api/customer/sessions') return { body: { conversationId: this.id, status: this.status, resumed: true, conversation: this.conversation } };
    if (where.endsWith('/messages')) return this.#send(where.includes('/agent/') ? 'AGENT' : 'CUSTOMER', body ?? {});
    if (where.endsWith('/events')) {
      const after = Number(new URLSearchParams(query).get('after'));
      const limit = Number(new URLSearchParams(query).get('limit'));
      return { body: this.log.filter((item) => item.sequence > after).slice(0, limit) };
    }
    if (where.endsWith('/read')) return { status: 204 };
    if (where.endsWith('/close')) {
      if (this.status !== 'CLOSED') this.happen('CONVERSATION_CLOSED', 'CLOSED');
      return { body: this.conversation };
    }
    if (method === 'GET' && where.endsWith(this.id)) return { body: this.conversation };
    return { status: 404, body: { code: 'not_found', message: 'There is no such conversation.' } };
  }

  #send(type: ParticipantType, body: Record<string, unknown>): Answer {
    const { content, clientMessageId } = body as { content: string; clientMessageId: string };
    const known = this.log.find((item) => item.event === 'chat:message' && item.payload.message.clientMessageId === clientMessageId);
    if (known?.event === 'chat:message') return { status: 200, body: known.payload.message };
    if (this.status === 'CLOSED') return { status: 410, body: { code: 'gone', message: 'The conversation is closed.' } };
    const sender = { id: type === 'AGENT' ? 'agent-1' : 'visitor', type, displayName: null };
    return { status: 201, body: this.write({ sender, content, clientMessageId }) };
  }
}
