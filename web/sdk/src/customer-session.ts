import { GivenToken } from './credentials.js';
import type { Environment } from './environment.js';
import { ChatError, unauthenticated } from './error.js';
import { isConversation, isObject } from './parse.js';
import { RestClient, type Credentials } from './rest.js';
import type { Store } from './storage.js';
import type { CustomerOptions, StartDetails } from './types.js';
import type { SessionAnswer } from './wire.js';

/**
 * Who the visitor is: the fingerprint, what proves that a conversation was begun here, and the token that the server gave.
 * Nothing is stored before the first `start`.
 */
export class CustomerSession implements Credentials {
  readonly rest: RestClient;
  readonly #given: GivenToken | undefined;
  #renewing: Promise<void> | undefined;

  constructor(
    private readonly options: CustomerOptions,
    private readonly env: Environment,
    private readonly store: Store,
    /** Makes the call that renews, and takes what it brings. */
    private readonly restart: () => Promise<void>,
  ) {
    this.rest = new RestClient(env, options.rest, this);
    this.#given = options.token === undefined ? undefined : new GivenToken(options.token);
  }

  /** `null` where the token says who it is. */
  get fingerprint(): string | null {
    return this.options.fingerprint ?? (this.#given ? null : (this.store.read().fingerprint ?? null));
  }

  async token(): Promise<string | null> {
    return this.#given ? this.#given.token() : (this.store.read().sessionToken ?? null);
  }

  async renew(refused: string | null): Promise<void> {
    if (this.#given) return this.#given.renew(refused);
    if ((await this.token()) !== refused) return;
    await (this.#renewing ??= this.restart().finally(() => (this.#renewing = undefined)));
  }

  /** Whether what is stored is of this visitor. A page that names another must not show it. */
  isOurs(): boolean {
    const { fingerprint } = this.options;
    return fingerprint === undefined || this.store.read().fingerprint === fingerprint;
  }

  /** One try to begin a conversation or to go on with the one there is. */
  async start(details: StartDetails, signal: AbortSignal): Promise<SessionAnswer> {
    this.#prepare(details);
    try {
      return await this.#start(details, signal);
    } catch (error) {
      // Refused for good: a reload is not to try it again.
      if (error instanceof ChatError && !error.transient && error.code !== 'stopped') this.store.change((kept) => ({ ...kept, starting: undefined }));
      throw error;
    }
  }

  async #start(details: StartDetails, signal: AbortSignal): Promise<SessionAnswer> {
    let answer;
    try {
      answer = await this.#post(details, signal, await this.token());
    } catch (error) {
      if (!(error instanceof ChatError) || error.status !== 401) throw error;
      const refused = await this.token();
      if (this.#given) await this.#given.renew(refused);
      else if (refused === null) throw unauthenticated();
      // A session token that is over for good: the start key still says whose the conversation is.
      answer = await this.#post(details, signal, this.#given ? await this.token() : null);
    }
    const { conversationId, sessionToken } = answer;
    this.store.change((kept) => ({ ...kept, conversationId, starting: undefined, ...(sessionToken && { sessionToken }) }));
    return answer;
  }

  /** This conversation is over: the next start begins another, if no other tab has done so. */
  ended(id: string): void {
    if (this.store.read().conversationId === id) this.store.change((kept) => ({ ...kept, startKey: undefined }));
  }

  /** Before the call: an answer that is lost must not lock the visitor out. */
  #prepare(starting: StartDetails): void {
    if (!this.isOurs()) this.store.clear();
    this.store.change((kept) => ({
      ...kept,
      // Of a conversation that goes on a start only changes the name: nothing is to be begun by it after a reload.
      starting: kept.startKey === undefined || kept.starting ? starting : undefined,
      fingerprint: kept.fingerprint ?? this.options.fingerprint ?? this.env.id(),
      startKey: kept.startKey ?? this.env.id(),
    }));
  }

  #post({ displayName, contact, channel, metadata }: StartDetails, signal: AbortSignal, token: string | null): Promise<SessionAnswer> {
    const { fingerprint } = this;
    const { identityHash } = this.options;
    const given = { fingerprint, displayName, contact, channel, metadata, identityHash };
    const startKey = this.store.read().startKey;
    return this.rest.call('/api/customer/sessions', {
      body: Object.fromEntries(Object.entries(given).filter(([, value]) => value)),
      ...(startKey !== undefined && { headers: { 'Idempotency-Key': startKey } }),
      is: isSessionAnswer,
      token,
      signal,
    });
  }
}

const isSessionAnswer = (value: unknown): value is SessionAnswer =>
  isObject(value) && typeof value.conversationId === 'string' && isConversation(value.conversation);
