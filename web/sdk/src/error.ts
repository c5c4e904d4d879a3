/** The contract's codes, and below them this library's own. */
export type ChatErrorCode =
  | 'validation'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'gone'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'method_not_allowed'
  | 'rate_limited'
  | 'agent_at_capacity'
  | 'not_accepted'
  | 'idempotency_mismatch'
  | 'token_expired'
  | 'unknown_event'
  | 'internal'
  | 'unavailable'
  /** No answer: no network, a refused connection, an answer that was none of the server's. */
  | 'network'
  /** No answer within 15 seconds. */
  | 'timeout'
  /** There is no conversation yet: `start()` or `resume()` first. */
  | 'not_started'
  /** `stop()` or `reset()` was called meanwhile. */
  | 'stopped';

export interface ChatErrorDetails {
  /** The HTTP status; 0 where there was no answer. */
  readonly status?: number | undefined;
  /** What is wrong with each field, on `validation`. */
  readonly errors?: Readonly<Record<string, readonly string[]>> | undefined;
  /** What the server asked to wait, in milliseconds. */
  readonly retryAfter?: number | undefined;
}

/** What every call of this library rejects with or throws: a code to decide by, and words that may be shown. */
export class ChatError extends Error {
  readonly code: ChatErrorCode;
  readonly status: number;
  readonly errors: Readonly<Record<string, readonly string[]>> | undefined;
  readonly retryAfter: number;

  constructor(code: ChatErrorCode, message: string, details: ChatErrorDetails = {}) {
    super(message);
    this.name = 'ChatError';
    this.code = code;
    this.status = details.status ?? 0;
    this.errors = details.errors;
    this.retryAfter = details.retryAfter ?? 0;
  }

  /** Whether the same call may succeed later, unchanged: no network, 429, 5xx. */
  get transient(): boolean {
    return this.code === 'network' || this.code === 'timeout' || this.status === 429 || this.status >= 500;
  }
}

export const unauthenticated = (): ChatError => new ChatError('unauthenticated', 'The server does not accept the credentials.', { status: 401 });

/** What a CONNECT_ERROR says. @param data `{ code }` */
export function refusalOf(message: string, data: unknown): ChatError {
  const code = (data as { code?: ChatErrorCode } | undefined)?.code ?? 'forbidden';
  return new ChatError(code, message, { status: code === 'unauthenticated' ? 401 : 403 });
}
