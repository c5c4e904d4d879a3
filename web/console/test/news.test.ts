import { describe, expect, it } from 'vitest';
import { newsSince, titleOf, unreadOf, type Seen } from '../src/state/news';
import { chat, desk, message, own, waiting } from './fixtures';

const seenOf = (state: ReturnType<typeof desk>): Seen => {
  const seen = newsSince(null, state)?.seen;
  if (!seen) throw new Error('Nobody is signed in.');
  return seen;
};

describe('news', () => {
  it('there is none before the first sign-in, nor at first sight', () => {
    expect(newsSince(null, desk({ agent: null }))).toBeNull();
    const first = newsSince(null, desk({ queue: [waiting('a')], conversations: [chat('c', { lastMessage: message(3) })] }));
    expect(first).toMatchObject({ messages: [], queued: [] });
  });

  it('is a message of the customer, once', () => {
    const seen = seenOf(desk({ conversations: [chat('c', { lastMessage: message(3) })] }));
    const now = desk({ conversations: [chat('c', { lastMessage: message(4) })] });
    const news = newsSince(seen, now);
    expect(news?.messages.map((one) => one.message.sequence)).toEqual([4]);
    expect(newsSince(news?.seen ?? null, now)?.messages).toEqual([]);
  });

  it('is no message of one’s own, nor one of a chat that is seen first', () => {
    const seen = seenOf(desk({ conversations: [chat('c', { lastMessage: message(3) })] }));
    const now = desk({ conversations: [chat('c', { lastMessage: message(4, own) }), chat('d', { lastMessage: message(9) })] });
    expect(newsSince(seen, now)?.messages).toEqual([]);
  });

  it('is somebody who came to wait', () => {
    const seen = seenOf(desk({ queue: [waiting('a')] }));
    expect(newsSince(seen, desk({ queue: [waiting('a'), waiting('b')] }))?.queued.map((one) => one.conversationId)).toEqual(['b']);
  });
});

describe('unread', () => {
  it('is the sum of all chats', () => expect(unreadOf([chat('a', { unread: 2 }), chat('b', { unread: 1 })])).toBe(3));
  it('stands before the title', () => {
    expect(titleOf('Console', 3)).toBe('(3) Console');
    expect(titleOf('Console', 0)).toBe('Console');
  });
});
