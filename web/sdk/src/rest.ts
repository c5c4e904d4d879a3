import type { Environment } from './environment.js';
import { ChatError, unauthenticated } from './error.js';
import { jsonOf, problem, retryAfter } from './parse.js';
import { stopped } from './repeat.js';

/** How long one try may take, in milliseconds: a network that is half open never answers. */
export const ATTEMPT_TIMEOUT = 15_000;

/** Who calls. */
export interface Credentials {
  /** The bearer token; `null` where there is none. */
  token(): Promise<string | null>;
  /**
   * The server did not take this token: gets another, one call for all that ask meanwhile.
   * @throws ChatError `unauthenticated` where there is no other
   */
  renew(refused: string | null): Promise<void>;
}

export interface Call<T> {
  /** A call that has one is a POST. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** What the answer must look like; it is not read without. */
  readonly is?: (value: unknown) => value is T;
  readonly signal?: AbortSignal;
  /** Default: what the client was made with, renewed once on a 401. */
  readonly token?: string | null;
}

/** One try of a call, with its time limit, and everything that is not success as a `ChatError`. */
export class RestClient {
  readonly #base: string;

  constructor(
    private readonly env: Pick<Environment, 'fetch' | 'now' | 'timer'>,
    rest: string,
    private readonly credentials: Credentials,
  ) {
    this.#base = rest.replace(/\/+$/, '');
  }

  async call<T = void>(path: string, call: Call<T> = {}): Promise<T> {
    if (call.token !== undefined) return this.#attempt(path, call, call.token);

    const token = await this.credentials.token();
    try {
      return await this.#attempt(path, call, token);
    } catch (error) {
      if (!(error instanceof ChatError) || error.status !== 401) throw error;
      await this.credentials.renew(token);
      return this.#attempt(path, call, await this.credentials.token());
    }
  }

  async #attempt<T>(path: string, call: Call<T>, token: string | null): Promise<T> {
    const headers = headersOf(call, token);
    const body = call.body && jsonOf(call.body);
    const abort = new AbortController();
    let late = false;
    const cancel = this.env.timer(() => {
      late = true;
      abort.abort();
    }, ATTEMPT_TIMEOUT);
    const stop = (): void => abort.abort();
    call.signal?.addEventListener('abort', stop);
    try {
      if (call.signal?.aborted) throw stopped();
      const response = await this.env.fetch(this.#base + path, {
        method: call.body ? 'POST' : 'GET',
        headers,
        ...(body !== undefined && { body }),
        signal: abort.signal,
      });
      if (!response.ok) {
        const told: unknown = await response.json().catch(() => null);
        throw problem(response.status, told, retryAfter(response.headers.get('Retry-After'), this.env.now()));
      }
      if (!call.is) return undefined as T;
      const answer: unknown = await response.json();
      if (call.is(answer)) return answer;
      throw new ChatError('network', 'The answer was not of the chat server.');
    } catch (error) {
      if (error instanceof ChatError) throw error;
      if (call.signal?.aborted) throw stopped();
      throw late ? new ChatError('timeout', 'The server did not answer in time.') : new ChatError('network', 'The server cannot be reached.');
    } finally {
      cancel();
      call.signal?.removeEventListener('abort', stop);
    }
  }
}

/** @throws ChatError where the token holds what no header can: the server would never know it. */
function headersOf<T>({ body, headers }: Call<T>, token: string | null): Record<string, string> {
  const all = { ...headers, ...(body && { 'Content-Type': 'application/json' }), ...(token !== null && { Authorization: `Bearer ${token}` }) };
  try {
    new Headers(all);
  } catch {
    throw unauthenticated();
  }
  return all;
}
