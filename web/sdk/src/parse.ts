import { ChatError, type ChatErrorCode } from './error.js';
import type { ChatMessageEvent, Conversation, LogItem, Message, SystemEvent } from './wire.js';

/**
 * What comes from outside is looked at once, here, as far as the library itself relies on it: an answer that is not the
 * server's (a hotel's sign-in page, say) must not become a message.
 */
type Unknown = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Unknown => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the server takes for a text: not blank, not too long, no NUL, and no half of a character. Counted in UTF-16, as it counts. */
export const isText = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value.length <= longest && /[^\s\x85]/.test(value) && !/[\0\ud800-\udfff]/u.test(value);

const isSequence = (value: unknown): value is number => Number.isInteger(value);

export const isConversation = (value: unknown): value is Conversation =>
  isObject(value) && typeof value.id === 'string' && typeof value.status === 'string' && isSequence(value.lastSequence);

export const isMessage = (value: unknown): value is Message =>
  isObject(value) && typeof value.id === 'string' && isSequence(value.sequence) && typeof value.content === 'string' && isObject(value.sender);

export const isMessageEvent = (value: unknown): value is ChatMessageEvent => isObject(value) && isMessage(value.message);

export const isSystemEvent = (value: unknown): value is SystemEvent =>
  isObject(value) && typeof value.type === 'string' && isConversation(value.conversation);

export const isLogItem = (value: unknown): value is LogItem =>
  isObject(value) &&
  isSequence(value.sequence) &&
  (value.event === 'chat:message' ? isMessageEvent(value.payload) : value.event === 'system:event' && isSystemEvent(value.payload));

export const isLog = (value: unknown): value is readonly LogItem[] => Array.isArray(value) && value.every(isLogItem);

const codes: Readonly<Record<number, ChatErrorCode>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  410: 'gone',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
};

/** An answer that is not a success, whoever gave it: the server, or something before it that knows nothing of our codes. */
export function problem(status: number, body: unknown, retryAfter: number): ChatError {
  const { code, message, errors } = isObject(body) ? body : ({} as Unknown);
  return new ChatError(
    typeof code === 'string' ? (code as ChatErrorCode) : (codes[status] ?? (status < 500 ? 'validation' : 'unavailable')),
    typeof message === 'string' ? message : `The server answered ${status}.`,
    { status, retryAfter, errors: isObject(errors) ? (errors as Record<string, readonly string[]>) : undefined },
  );
}

/** Seconds or a date, as HTTP knows both. In milliseconds; 0 where there is none. */
export function retryAfter(header: string | null, now: number): number {
  const wait = header === null ? 0 : /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return wait > 0 ? wait : 0;
}

/** @throws ChatError `validation`: what is not JSON (a `BigInt`, a circle, a function) can never be sent */
export function jsonOf(value: unknown): string {
  try {
    const text = JSON.stringify(value) as string | undefined;
    if (text) return text;
  } catch {
    // Said below.
  }
  throw new ChatError('validation', 'What is sent must be JSON.');
}

/** What is changed afterwards is not what was given. @throws ChatError as `jsonOf` */
export const copyOf = <T>(value: T): T => JSON.parse(jsonOf(value)) as T;
