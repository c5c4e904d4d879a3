import { describe, expect, it } from 'vitest';
import { fill } from '../src/words/fill';
import { happened } from '../src/words/happened';
import { conversation, happening } from './fixtures';

const words = (...call: Parameters<typeof happened>): string | null => {
  const what = happened(...call);
  return what && fill(what.template, what.values);
};
const closed = (closedBy: 'CUSTOMER' | 'AGENT' | 'SYSTEM', closeReason: string | null, self = 'agent-1'): string | null =>
  words(happening(9, 'CONVERSATION_CLOSED', { conversation: conversation({ status: 'CLOSED', closedBy, closeReason }) }), null, self);

describe('what happened', () => {
  it('accepted by me, or by another', () => {
    expect(words(happening(2, 'CONVERSATION_ASSIGNED'), null, 'agent-1')).toBe('You accepted the chat');
    expect(words(happening(2, 'CONVERSATION_ASSIGNED'), null, 'agent-2')).toBe('Ashik accepted the chat');
  });

  it('back in the queue, since who held it was gone', () => {
    const event = happening(3, 'CONVERSATION_REQUEUED', { conversation: conversation({ status: 'QUEUED', agent: null }) });
    expect(words(event, conversation(), 'agent-2')).toBe('The chat went back to the queue, since Ashik was gone');
    expect(words(event, null, 'agent-2')).toBe('The chat went back to the queue');
  });

  it('closed by whom and why', () => {
    expect(closed('CUSTOMER', 'bye')).toBe('Jane ended the chat: bye');
    expect(closed('AGENT', 'resolved')).toBe('You closed the chat: resolved');
    expect(closed('AGENT', null, 'agent-2')).toBe('Ashik closed the chat');
    expect(closed('SYSTEM', 'inactivity')).toBe('The chat was closed: nobody wrote for a long time');
    expect(closed('CUSTOMER', 'inactivity')).toBe('Jane ended the chat: inactivity');
  });

  it('details that differ', () => {
    const now = conversation({ customer: { id: 'visitor-1', displayName: 'Jane Doe', phone: '0123' }, metadata: { order: 17, page: '/' } });
    const event = happening(4, 'CUSTOMER_UPDATED', { conversation: now });
    expect(words(event, conversation({ metadata: { page: '/' } }), 'agent-1')).toBe('Jane Doe changed their details: name Jane Doe, contact 0123, order 17');
    expect(words(event, null, 'agent-1')).toBe('Jane Doe changed their details');
  });

  it('nothing of what is no entry', () => expect(words(happening(5, 'SESSION_READY'), null, 'agent-1')).toBeNull());
});
