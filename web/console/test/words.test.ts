import { afterEach, describe, expect, it, vi } from 'vitest';
import { ChatError } from '@customer-live-chat/sdk';
import { chooseLocale, languages } from '../src/strings';
import { fill, fillCount, parts, sentence } from '../src/words/fill';
import { agentName, customerName } from '../src/words/names';
import { acceptRefused, reasonOf } from '../src/words/refused';
import { dayWords } from '../src/words/times';
import { waitDuration, waitLevel, waitWords, waited } from '../src/words/wait';

describe('names', () => {
  it('a customer’s own name', () => expect(customerName('3f2a9c', ' Jane Doe ')).toBe('Jane Doe'));
  it('else "Visitor" and the beginning of the id', () => {
    expect(customerName('3f2a9c', null)).toBe('Visitor 3f2a');
    expect(customerName('3f2a9c', '  ')).toBe('Visitor 3f2a');
  });
  it('an agent’s name, else the id', () => {
    expect(agentName({ id: 'agent-1', displayName: 'Ashik' })).toBe('Ashik');
    expect(agentName({ id: 'agent-1', displayName: null })).toBe('agent-1');
  });
});

describe('waiting time', () => {
  it.each([
    [0, '0:00'],
    [59, '0:59'],
    [192, '3:12'],
    [3600, '1:00:00'],
    [3792, '1:03:12'],
  ])('%i s is %s', (seconds, words) => expect(waitWords(seconds)).toBe(words));
  it('is never less than nothing', () => expect(waited('2026-01-01T00:00:10Z', Date.parse('2026-01-01T00:00:00Z'))).toBe(0));
  it('grows long at two minutes and too long at five', () => {
    expect([119, 120, 299, 300].map(waitLevel)).toEqual(['short', 'long', 'long', 'too-long']);
  });
  it('has the form of a duration', () => expect(waitDuration(192)).toBe('PT3M12S'));
});

describe('filling in', () => {
  it('puts values where they belong, and leaves braces of people alone', () => {
    expect(fill('{a} and {b}', { a: '{b}', b: 2 })).toBe('{b} and 2');
    expect(fill('{unknown}', {})).toBe('{unknown}');
  });
  it('keeps what was filled in apart', () => {
    expect(parts(sentence('Hi {name}!', { name: 'Jane' }))).toEqual([
      { text: 'Hi ', isValue: false },
      { text: 'Jane', isValue: true },
      { text: '!', isValue: false },
    ]);
  });
  it('takes the form for the count', () => {
    const forms = { one: '{count} message', other: '{count} messages' };
    expect([1, 2].map((count) => fillCount(forms, count))).toEqual(['1 message', '2 messages']);
  });
});

describe('refusals', () => {
  const words = (error: unknown): string => {
    const { template, values } = acceptRefused(error, 'Jane', 3);
    return fill(template, values);
  };
  it('another agent was first', () => expect(words(new ChatError('conflict', 'no', { status: 409 }))).toContain('Another agent was first'));
  it('too many chats', () => expect(words(new ChatError('agent_at_capacity', 'no', { status: 422 }))).toContain('You hold 3 chats already'));
  it('gone', () => expect(words(new ChatError('gone', 'no', { status: 410 }))).toContain('Jane is no longer waiting'));
  it('in the words of who refused it', () => expect(reasonOf(new ChatError('validation', 'A message must not be empty.'))).toBe('A message must not be empty.'));
  it('no network, in words', () => expect(reasonOf(new ChatError('network', 'fetch failed'))).toBe('the server cannot be reached just now.'));
});

describe('days', () => {
  afterEach(() => vi.useRealTimers());
  it('today and yesterday by name, others by date', () => {
    const now = new Date(2026, 4, 20, 0, 10).getTime();
    expect(dayWords(new Date(2026, 4, 20, 0, 1).toISOString(), now)).toBe('today');
    expect(dayWords(new Date(2026, 4, 19, 23, 59).toISOString(), now)).toBe('yesterday');
    expect(dayWords(new Date(2026, 4, 12).toISOString(), now)).toContain('May 12');
  });
});

describe('language', () => {
  it('is what is asked for, else what the browser wants, else English', () => {
    expect(chooseLocale('?lang=ar', ['de'])).toBe('ar');
    expect(chooseLocale('', ['fr', 'de-AT', 'en'])).toBe('de-AT');
    expect(chooseLocale('?lang=xx', ['fr'])).toBe('en');
    expect(chooseLocale('?lang=<b>', [])).toBe('en');
  });

  it.each(Object.keys(languages))('%s has a form for each count, and the same values in each text', (language) => {
    const { en } = languages;
    const rules = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const compare = (path: string, one: unknown, english: unknown): void => {
      if (typeof one === 'string') expect([path, valuesIn(one)]).toEqual([path, valuesIn(String(english))]);
      else if (isObject(one) && 'other' in one) {
        if (language === 'ar' || language === 'en') for (const rule of rules) expect([path, Object.keys(one)]).toEqual([path, expect.arrayContaining([rule])]);
      } else if (isObject(one) && isObject(english)) for (const key of Object.keys(english)) compare(`${path}.${key}`, one[key], english[key]);
    };
    compare(language, languages[language], en);
  });
});

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const valuesIn = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
