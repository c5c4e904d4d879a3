import type { AgentConversation, AgentState, ChatMessage, Conversation, Entry, QueueEntry, SystemEvent } from '@customer-live-chat/sdk';

export const conversation = (more: Partial<Conversation> = {}): Conversation => ({
  id: 'c1',
  status: 'CONNECTED',
  channel: 'web',
  customer: { id: 'visitor-1', displayName: 'Jane', phone: null },
  agent: { id: 'agent-1', displayName: 'Ashik' },
  queue: null,
  metadata: null,
  read: { customer: 0, agent: 0 },
  lastSequence: 0,
  closedBy: null,
  closeReason: null,
  createdAt: '2026-05-20T10:00:00.000Z',
  updatedAt: '2026-05-20T10:00:00.000Z',
  acceptedAt: null,
  closedAt: null,
  ...more,
});

export const message = (sequence: number | null, more: Partial<ChatMessage> = {}): ChatMessage => ({
  key: `m-${sequence ?? 'pending'}`,
  id: sequence === null ? null : `id-${sequence}`,
  sequence,
  clientMessageId: null,
  type: 'TEXT',
  sender: { id: 'visitor-1', type: 'CUSTOMER', displayName: 'Jane' },
  own: false,
  content: `text ${sequence}`,
  metadata: null,
  timestamp: '2026-05-20T10:00:00.000Z',
  delivery: sequence === null ? 'sending' : 'sent',
  ...more,
});

export const own = { own: true, sender: { id: 'agent-1', type: 'AGENT', displayName: 'Ashik' } } as const;

export const entry = (of: ChatMessage): Entry => ({ kind: 'message', key: of.key, sequence: of.sequence, message: of });

export const happening = (sequence: number, type: SystemEvent['type'], more: Partial<SystemEvent> = {}): SystemEvent => ({
  type,
  conversationId: 'c1',
  status: 'CONNECTED',
  sequence,
  timestamp: '2026-05-20T10:00:00.000Z',
  conversation: conversation(),
  participant: null,
  queue: null,
  reason: null,
  ...more,
});

export const happened = (event: SystemEvent): Entry => ({ kind: 'event', key: `event-${event.sequence}`, sequence: event.sequence ?? 0, event });

export const chat = (id: string, state: Partial<AgentConversation['state']> = {}): AgentConversation =>
  ({
    id,
    state: { status: 'CONNECTED', conversation: conversation({ id }), messages: [], entries: [], hasMore: false, unread: 0, lastMessage: null, closed: null, customerAway: false, customerTyping: false, readByCustomer: 0, ...state },
  }) as unknown as AgentConversation;

export const desk = (more: Partial<AgentState> = {}): AgentState => ({
  connection: 'online',
  agent: { id: 'agent-1', displayName: 'Ashik' },
  maxConcurrent: 3,
  queue: [],
  queueSize: 0,
  conversations: [],
  clockOffset: 0,
  ...more,
});

export const waiting = (id: string): QueueEntry => ({
  conversationId: id,
  customerId: `visitor-${id}`,
  customerName: null,
  customerPhone: null,
  channel: 'web',
  enqueuedAt: '2026-05-20T10:00:00.000Z',
  position: 1,
});
