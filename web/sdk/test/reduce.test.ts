import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChatError } from '../src/error.js';
import { emptyLog, hasGap, type ChatLog, type Side } from '../src/log.js';
import { reduce, type ChatEvent } from '../src/reduce.js';
import type { ChatMessage } from '../src/types.js';
import { viewOf } from '../src/view.js';
import type { LogItem } from '../src/wire.js';
import { AT, conversation, message, messageItem, systemEvent, systemItem } from './fakes.js';

const all = (log: ChatLog, ...events: ChatEvent[]): ChatLog => events.reduce(reduce, log);
const told = (lastSequence = 0): ChatEvent => ({ type: 'told', conversation: conversation({ lastSequence }) });
const logged = (...items: LogItem[]): ChatEvent => ({ type: 'logged', items });
const customer = { id: 'visitor', type: 'CUSTOMER' as const, displayName: null };
const begun = all(emptyLog('CUSTOMER'), told());

function pending(key: string): ChatMessage {
  return {
    key,
    id: null,
    sequence: null,
    clientMessageId: key,
    type: 'TEXT',
    sender: customer,
    own: true,
    content: key,
    metadata: null,
    timestamp: AT,
    delivery: 'sending',
  };
}

/** A log of messages of both sides and lifecycle events; some own ones come from another tab. */
const logs = fc
  .array(fc.constantFrom('mine', 'mine elsewhere', 'theirs', 'event'), { minLength: 1, maxLength: 14 })
  .map((kinds) =>
    kinds.map((kind, index): LogItem => {
      const sequence = index + 1;
      if (kind === 'event') return systemItem('CUSTOMER_UPDATED', sequence, conversation());
      if (kind === 'theirs') return messageItem(sequence);
      return messageItem(sequence, { sender: customer, clientMessageId: `${kind === 'mine' ? 'here' : 'there'}-${sequence}` });
    }),
  );

/** Every way in which a log can arrive: sends first, then each entry at least once, by socket, page or answer, in any order. */
const arrivals = logs.chain((log) => {
  const mine = log.flatMap((item) => (item.event === 'chat:message' && item.payload.message.clientMessageId?.startsWith('here') ? [item] : []));
  const sends = mine.map((item): ChatEvent => ({ type: 'sent', message: pending(item.payload.message.clientMessageId as string) }));
  const answers = mine.map(
    ({ payload }): ChatEvent => ({ type: 'confirmed', clientMessageId: payload.message.clientMessageId as string, message: payload.message }),
  );
  const page = fc.tuple(fc.nat(log.length), fc.nat(log.length)).map(([from, count]) => logged(...log.slice(from, from + count)));
  const news = log.map((item) => told(item.sequence));
  const extra = fc.array(fc.oneof(page, fc.constantFrom(...log.map((item) => logged(item)), ...news)), { maxLength: 12 });
  const ways = fc.array(fc.boolean(), { minLength: log.length, maxLength: log.length });
  return fc
    .tuple(ways, extra)
    .chain(([both, extras]) => {
      const each = log.flatMap((item, index): ChatEvent[] => {
        const answer = answers.find((one) => one.type === 'confirmed' && one.message.sequence === item.sequence);
        if (!answer) return [logged(item)];
        return both[index] ? [answer, logged(item)] : [answer];
      });
      const events = [...each, ...extras];
      return fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length });
    })
    .map((events) => ({ log, events: [...sends, ...events] }));
});

describe('whatever the order, the repeats and the races', () => {
  it('shows a prefix of the log, and after it what is pending, at every moment', () => {
    fc.assert(
      fc.property(arrivals, ({ log, events }) => {
        let state = begun;
        let sentOrder: string[] = [];
        for (const event of events) {
          state = reduce(state, event);
          if (event.type === 'sent') sentOrder = [...sentOrder, event.message.key];
          expect(Object.isFrozen(state)).toBe(true);
          expect(state.entries.map((one) => one.sequence)).toEqual(log.slice(0, state.last).map((item) => item.sequence));

          const view = viewOf(state);
          const confirmed = log.slice(0, state.last).flatMap((item) => (item.event === 'chat:message' ? [item.payload.message.id] : []));
          expect(view.messages.slice(0, confirmed.length).map((one) => one.id)).toEqual(confirmed);
          const after = view.messages.slice(confirmed.length).map((one) => one.key);
          expect(after).toEqual(sentOrder.filter((key) => after.includes(key)));
          const keys = view.entries.map((one) => one.key);
          expect(new Set(keys).size).toBe(keys.length);
          // Nothing that was sent is ever out of sight.
          for (const key of sentOrder) expect(view.messages.some((one) => one.key === key)).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('ends in the same state', () => {
    fc.assert(
      fc.property(arrivals, ({ log, events }) => {
        const state = events.reduce(reduce, begun);
        const inOrder = reduce(begun, logged(...log));
        expect(state.last).toBe(log.length);
        expect(state.held).toEqual([]);
        expect(state.pending).toEqual([]);
        expect(hasGap(state)).toBe(false);
        expect(state.entries).toEqual(inOrder.entries);
        expect(state.conversation).toEqual(inOrder.conversation);
        // Everything once more changes nothing, not even the identity.
        for (const event of events) if (event.type === 'logged' || event.type === 'confirmed') expect(reduce(state, event)).toBe(state);
      }),
      { numRuns: 400 },
    );
  });

  it('knows of each gap', () => {
    fc.assert(
      fc.property(logs, fc.nat(), (log, which) => {
        const missing = which % log.length;
        const state = reduce(begun, logged(...log.filter((_, index) => index !== missing)));
        expect(state.last).toBe(missing);
        expect(hasGap(state)).toBe(missing < log.length - 1);
      }),
    );
  });
});

describe('the window', () => {
  it('begins with the last hundred entries and grows downwards', () => {
    const items = Array.from({ length: 250 }, (_, index) => messageItem(index + 1));
    let state = all(emptyLog('CUSTOMER'), told(250));
    expect([state.floor, state.last, hasGap(state)]).toEqual([150, 150, true]);
    state = all(state, logged(...items.slice(150)), { type: 'older', items: items.slice(50, 150) });
    expect([state.floor, state.last]).toEqual([50, 250]);
    expect(viewOf(state).hasMore).toBe(true);
    state = all(state, { type: 'older', items: items.slice(0, 50) });
    expect(viewOf(state).hasMore).toBe(false);
    expect(state.messages.map((one) => one.sequence)).toEqual(items.map((item) => item.sequence));
  });

  it('takes no older entries that leave a hole', () => {
    const state = all(emptyLog('CUSTOMER'), told(250));
    expect(reduce(state, { type: 'older', items: [messageItem(100)] })).toBe(state);
  });

  it('keeps what came before the first word', () => {
    const state = all(emptyLog('CUSTOMER'), logged(messageItem(2), messageItem(1)), told(2));
    expect(state.last).toBe(2);
  });
});

describe('a store that was restored', () => {
  const seen = all(begun, logged(messageItem(1), messageItem(2), messageItem(3)));

  it('is suspected after a lower number, and the suspicion ends by the server’s own word', () => {
    const suspicious = all(seen, told(2));
    expect(suspicious.doubt).toBe('maybe');
    expect(all(suspicious, { type: 'checked', conversation: conversation({ lastSequence: 3 }), last: 3 })).toMatchObject({ doubt: 'no', last: 3 });
    const anew = all(suspicious, { type: 'checked', conversation: conversation({ lastSequence: 2 }), last: 3 });
    expect(anew).toMatchObject({ doubt: 'no', last: 0, target: 2, entries: [] });
  });

  it('is certain where a number stands for another entry', () => {
    const other = all(seen, logged(messageItem(3, { id: 'another' })));
    expect(other.doubt).toBe('surely');
    expect(other.messages.at(-1)?.id).toBe('m-3');
    const anew = all(other, { type: 'checked', conversation: conversation({ lastSequence: 9 }), last: 3 }, logged(messageItem(1)));
    expect(anew).toMatchObject({ doubt: 'no', last: 1, target: 9 });
  });

  it('gets again what it had confirmed and lost', () => {
    const sent = all(seen, { type: 'sent', message: pending('k') }, { type: 'confirmed', clientMessageId: 'k', message: message(7, { sender: customer, clientMessageId: 'k' }) });
    expect(sent.pending[0]?.delivery).toBe('sent');
    const anew = all(sent, { type: 'checked', conversation: conversation({ lastSequence: 1 }), last: 7 });
    expect(anew.pending[0]).toMatchObject({ delivery: 'sending', sequence: null });
  });
});

describe('signals', () => {
  const away = (type: 'PARTICIPANT_DISCONNECTED' | 'PARTICIPANT_RECONNECTED', by: Side): ChatEvent => ({
    type: 'signal',
    event: systemEvent(type, null, conversation(), by),
  });

  it('tell who is away, until another agent has it or the connection is gone', () => {
    const gone = all(begun, away('PARTICIPANT_DISCONNECTED', 'AGENT'));
    expect(gone.otherAway).toBe(true);
    expect(all(gone, away('PARTICIPANT_RECONNECTED', 'AGENT')).otherAway).toBe(false);
    expect(all(gone, { type: 'cut' }).otherAway).toBe(false);
    expect(all(gone, logged(systemItem('CONVERSATION_REQUEUED', 1, conversation({ agent: null, status: 'QUEUED' })))).otherAway).toBe(false);
    // An entry of the past says nothing of now.
    expect(all(gone, logged(systemItem('CONVERSATION_CONNECTED', 1, conversation()))).otherAway).toBe(true);
    expect(all(begun, away('PARTICIPANT_DISCONNECTED', 'CUSTOMER')).otherAway).toBe(false);
  });

  it('tell the place in the queue, also with a snapshot that is older than the log', () => {
    const waiting = conversation({ status: 'QUEUED', agent: null, queue: { position: 3, estimatedWaitSeconds: null } });
    const log = all(emptyLog('CUSTOMER'), { type: 'told', conversation: waiting }, logged(messageItem(1, { sender: customer })));
    const place = { position: 2, estimatedWaitSeconds: 60 };
    const event = systemEvent('QUEUE_POSITION', null, { ...waiting, queue: place });
    expect(all(log, { type: 'signal', event }).conversation).toMatchObject({ lastSequence: 1, queue: place });
  });

  it('end typing with the message, and never take one’s own for the other’s', () => {
    const typing = all(begun, { type: 'typing', by: 'AGENT', typing: true });
    expect(typing.otherTyping).toBe(true);
    expect(all(typing, logged(messageItem(1))).otherTyping).toBe(false);
    expect(all(begun, { type: 'typing', by: 'CUSTOMER', typing: true })).toBe(begun);
  });

  it('move reading only forward', () => {
    const read = all(begun, { type: 'read', by: 'AGENT', sequence: 5 });
    expect(all(read, { type: 'read', by: 'AGENT', sequence: 4 })).toBe(read);
    expect(all(read, told(0)).conversation?.read.agent).toBe(5);
  });
});

describe('what is pending', () => {
  it('fails one by one, or all at once', () => {
    const error = new ChatError('validation', 'No.', { status: 400 });
    const two = all(begun, { type: 'sent', message: pending('a') }, { type: 'sent', message: pending('b') });
    expect(all(two, { type: 'failed', error, clientMessageId: 'a' }).pending.map((one) => one.delivery)).toEqual(['failed', 'sending']);
    expect(all(two, { type: 'failed', error, clientMessageId: undefined }).pending.map((one) => one.error?.code)).toEqual(['validation', 'validation']);
  });

  it('keeps its key when it is confirmed', () => {
    const state = all(begun, { type: 'sent', message: pending('k') }, logged(messageItem(1, { sender: customer, clientMessageId: 'k' })));
    expect(state.messages[0]).toMatchObject({ key: 'k', id: 'm-1', delivery: 'sent', own: true });
    expect(state.pending).toEqual([]);
  });

  it('is confirmed by an answer from below the window', () => {
    const state = all(emptyLog('CUSTOMER'), told(250), { type: 'sent', message: pending('k') });
    const answer = message(20, { sender: customer, clientMessageId: 'k' });
    expect(all(state, { type: 'confirmed', clientMessageId: 'k', message: answer })).toMatchObject({ pending: [], held: [], last: 150 });
  });

  it('is not confirmed by the other side’s id', () => {
    const state = all(begun, { type: 'sent', message: pending('k') }, logged(messageItem(1, { clientMessageId: 'k' })));
    expect(state.pending).toHaveLength(1);
  });
});
