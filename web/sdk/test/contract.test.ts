import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { seenInList, toldOf } from '../src/listed.js';
import { emptyLog } from '../src/log.js';
import { isConversation, isLog, isMessage, isMessageEvent, isObject, isSystemEvent, problem, retryAfter } from '../src/parse.js';
import { reduce } from '../src/reduce.js';
import type { ChatMessageEvent, Conversation, ListedConversation, LogItem, Message, QueueEntry, ReadEvent, SystemEvent, TypingEvent } from '../src/wire.js';
import { viewOf } from '../src/view.js';

const folder = new URL('../../../tests/contract/', import.meta.url);
const golden = (name: string): unknown => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));

/** The fields that a type has, told to the compiler and to the test by one list: neither may have more. */
const fieldsOf =
  <T>() =>
  <K extends keyof T>(fields: { [P in keyof T]-?: P extends K ? true : never } & Record<K, true>): string[] =>
    Object.keys(fields).sort();

const conversation = fieldsOf<Conversation>()({
  id: true, status: true, channel: true, customer: true, agent: true, queue: true, metadata: true, read: true, lastSequence: true,
  closedBy: true, closeReason: true, createdAt: true, updatedAt: true, acceptedAt: true, closedAt: true,
});
const listed = [...conversation, 'unread', 'lastMessage'].sort();
const message = fieldsOf<Message>()({
  id: true, conversationId: true, sequence: true, type: true, sender: true, content: true, metadata: true, clientMessageId: true, timestamp: true,
});
const systemEvent = fieldsOf<SystemEvent>()({
  type: true, conversationId: true, status: true, sequence: true, timestamp: true, conversation: true, participant: true, queue: true, reason: true,
});
const queueEntry = fieldsOf<QueueEntry>()({
  conversationId: true, customerId: true, customerName: true, customerPhone: true, channel: true, enqueuedAt: true, position: true,
});

type Check = (value: never) => void;
const same = (value: object, fields: string[]): void => expect(Object.keys(value).sort()).toEqual(fields);

/** One check for each payload that the server promises. */
const checks: Record<string, Check> = {
  'chat-message': (value: ChatMessageEvent) => {
    expect(isMessageEvent(value)).toBe(true);
    same(value, ['conversationId', 'message']);
    same(value.message, message);
  },
  'chat-read': (value: ReadEvent) => same(value, fieldsOf<ReadEvent>()({ conversationId: true, participant: true, sequence: true, timestamp: true })),
  'chat-typing': (value: TypingEvent) => same(value, fieldsOf<TypingEvent>()({ conversationId: true, participant: true, typing: true, expiresAt: true })),
  'conversation-closed': (value: Conversation) => {
    expect(isConversation(value)).toBe(true);
    same(value, conversation);
    const log = reduce(emptyLog('CUSTOMER'), { type: 'told', conversation: value });
    expect(viewOf(log).closed).toEqual({ by: 'AGENT', reason: 'resolved' });
  },
  'conversation-listed': (value: ListedConversation) => {
    expect(isConversation(value)).toBe(true);
    same(value, listed);
    const log = toldOf(value).reduce(reduce, emptyLog('AGENT'));
    const view = { ...viewOf(log), ...seenInList(log) };
    expect(view.unread).toBe(2);
    expect(view.lastMessage?.content).toBe('How can I help? <b>ü</b> "quoted"');
    same(view.conversation as object, conversation);
  },
  'conversation-queued': (value: Conversation) => {
    expect(isConversation(value)).toBe(true);
    same(value, conversation);
  },
  log: (value: LogItem[]) => {
    expect(isLog(value)).toBe(true);
    for (const item of value) same(item, ['event', 'payload', 'sequence']);
  },
  message: (value: Message) => {
    expect(isMessage(value)).toBe(true);
    same(value, message);
  },
  problem: (value: unknown) =>
    expect(problem(400, value, 0)).toMatchObject({
      code: 'validation',
      message: 'fingerprint is required.',
      status: 400,
      errors: { fingerprint: ['is required'] },
      transient: false,
    }),
  queue: (value: QueueEntry[]) => {
    for (const entry of value) same(entry, queueEntry);
  },
  'socket-error': (value: unknown) => expect(problem(409, value, 0)).toMatchObject({ code: 'conflict', message: 'Conversation is no longer available to accept.' }),
  'system-event-closed': (value: SystemEvent) => same(value, systemEvent),
  'system-event-disconnected': (value: SystemEvent) => {
    same(value, systemEvent);
    expect(reduce(reduce(emptyLog('AGENT'), { type: 'told', conversation: value.conversation }), { type: 'signal', event: value }).otherAway).toBe(true);
  },
  'system-event-ready': (value: SystemEvent) => same(value, systemEvent),
};

describe('the contract’s payloads', () => {
  const names = readdirSync(folder).map((file) => file.replace('.json', ''));

  it('are all known', () => expect(Object.keys(checks).sort()).toEqual(names.sort()));

  it.each(names)('%s', (name) => (checks[name] as (value: unknown) => void)(golden(name)));

  it.each(names.filter((name) => name.startsWith('system-event')))('%s is an event', (name) => expect(isSystemEvent(golden(name))).toBe(true));
});

describe('what is not of the server', () => {
  it.each([null, 7, 'text', [], {}, { id: 'x' }, { id: 'x', sequence: '7', content: '', sender: {} }])('is no message: %j', (value) =>
    expect(isMessage(value)).toBe(false),
  );

  it('is no log', () => {
    expect(isLog([{ sequence: 1, event: 'other', payload: {} }])).toBe(false);
    expect(isLog({})).toBe(false);
    expect(isObject([])).toBe(false);
  });

  it.each([
    [404, 'not_found', false],
    [418, 'validation', false],
    [429, 'rate_limited', true],
    [502, 'unavailable', true],
  ])('answers %i and means %s', (status, code, transient) => expect(problem(status, '<html>', 0)).toMatchObject({ code, transient }));
});

it('reads Retry-After in both of its forms', () => {
  const now = Date.parse('2025-11-13T11:36:03Z');
  expect(retryAfter('3', now)).toBe(3000);
  expect(retryAfter('Thu, 13 Nov 2025 11:36:10 GMT', now)).toBe(7000);
  expect(retryAfter('Thu, 13 Nov 2025 11:36:00 GMT', now)).toBe(0);
  expect(retryAfter('soon', now)).toBe(0);
  expect(retryAfter(null, now)).toBe(0);
});
