import { whileAlone } from './alone.js';
import { ConversationApi } from './conversation-api.js';
import { CustomerSession } from './customer-session.js';
import { ConversationEngine } from './engine.js';
import { defaultEnvironment, type Environment } from './environment.js';
import { ChatError, unauthenticated } from './error.js';
import { emptyLog, readBy } from './log.js';
import { Line } from './line.js';
import { copyOf } from './parse.js';
import { Repeater, stopped } from './repeat.js';
import { Store, storageKey } from './storage.js';
import { Subject } from './subject.js';
import type { ChatMessage, CustomerOptions, CustomerState, SendOptions, StartDetails, Unsubscribe } from './types.js';
import { viewOf } from './view.js';
import { checkAddresses } from './where.js';
import type { Conversation, SessionAnswer } from './wire.js';

/**
 * A visitor's chat. One object for a page; nothing is stored and no connection is opened before `start` or `resume`.
 * What it shows is `state`; every change makes a new one.
 */
export class CustomerChat {
  readonly #env: Environment;
  readonly #store: Store;
  readonly #session: CustomerSession;
  readonly #line: Line;
  readonly #subject = new Subject();
  #repeater: Repeater;
  #engine: ConversationEngine | undefined;
  /** What is shown while there is no engine: after `stop` what was there last. */
  #log = emptyLog('CUSTOMER');
  #starting: Promise<Conversation> | undefined;
  #error: ChatError | undefined;
  #endListening: Unsubscribe | undefined;
  #state: CustomerState;

  /** @param environment for tests: stands in for the page, the network and the clock */
  constructor(
    options: CustomerOptions,
    environment: Partial<Environment> = {},
  ) {
    checkAddresses(options);
    const { fetch, storage } = options;
    this.#env = { ...defaultEnvironment(), ...environment, ...(fetch && { fetch }), ...(storage && { storage }) };
    this.#store = new Store(this.#env.storage, storageKey(options.rest));
    this.#session = new CustomerSession(options, this.#env, this.#store, () => this.#renew());
    this.#repeater = new Repeater(this.#env);
    this.#line = new Line(this.#env, options.gateway, {
      auth: () => this.#auth(),
      renew: async () => this.#session.renew(await this.#session.token()),
      changed: () => this.#changed(),
      up: () => this.#engine?.found(),
      down: () => this.#engine?.lost(),
      refused: (error) => this.#refused(error),
      event: (name, payload) => this.#engine?.heard(name, payload),
      wake: () => {
        this.#repeater.wake();
        this.#engine?.wake();
      },
      check: () => this.#engine?.check(),
    });
    this.#state = this.#compose();
  }

  /** Frozen; a new object on each change. */
  get state(): CustomerState {
    return this.#state;
  }

  /** Calls `listener` after each change of `state`. May be passed on without its object. */
  readonly subscribe = (listener: () => void): Unsubscribe => this.#subject.subscribe(listener);

  /**
   * Begins a conversation, or goes on with the one that this visitor has; a name, a contact or metadata that differ are taken
   * over. Repeated until the server has answered: see `state.connection` meanwhile.
   * @throws ChatError what the server refused (`validation`, `forbidden`, `unauthenticated`), `stopped`.
   */
  start(details?: StartDetails | null): Promise<Conversation> {
    if (this.#starting) return this.#starting;
    return this.#begin(details ?? {}, false);
  }

  /** @param isAgain what an earlier page or another tab has begun: a reset there is the end of it here */
  #begin(details: StartDetails, isAgain: boolean): Promise<Conversation> {
    this.#starting = this.#start(details, isAgain).finally(() => {
      this.#starting = undefined;
      this.#changed();
    });
    this.#changed();
    return this.#starting;
  }

  /**
   * Goes on where an earlier page was, outbox included; also with a start that was not answered yet.
   * @returns whether there was something to resume. A chat that has ended meanwhile counts: `state.status` is `CLOSED` then.
   * @throws ChatError `stopped`.
   */
  async resume(): Promise<boolean> {
    if (this.#engine) return true;
    const { conversationId, starting } = this.#store.read();
    if (!this.#session.isOurs()) return false;
    if (starting !== undefined) return this.#startAgain(starting);
    if (conversationId === undefined) return false;

    this.#revive();
    const engine = this.#use(conversationId);
    engine.restore();
    this.#line.open();
    try {
      await engine.load();
      return true;
    } catch (error) {
      // Another conversation may stand in its place: its token was over, and with it the chat.
      if (this.#engine && this.#engine !== engine) return true;
      if (!(error instanceof ChatError) || error.code === 'stopped') throw error;
      this.#forget();
      // With other credentials it may be there again.
      if (error.status !== 401) this.#store.change((kept) => ({ ...kept, conversationId: undefined, outbox: {}, read: {} }));
      return false;
    }
  }

  /**
   * Puts a message into the outbox, from where it goes out in order, whatever the network does, also after a reload.
   * @returns the message as it is shown from now on.
   * @throws ChatError `not_started`, `validation` (no text, blank, above 4000 characters, with a NUL or half a character), `gone` (the chat has ended).
   */
  send(content: string, options?: SendOptions): ChatMessage {
    return this.#started().send(content, options);
  }

  /** Sends one that has failed once more, as a new message at the end. Does nothing for any other. @throws ChatError as `send` */
  retry(message: ChatMessage): void {
    this.#started().retry(message);
  }

  /** Tells the agent that the visitor is writing: for each input, with the text or whether there is any. Best effort. */
  typing(typing: boolean | string): void {
    this.#engine?.typing(typing);
  }

  /** Marks all up to this sequence as read. Only ever forward. Repeated until the server knows. */
  read(sequence: number): void {
    this.#engine?.read(sequence);
  }

  /** Loads up to 100 older entries. @returns whether there are still more. @throws ChatError as `close` */
  async loadOlder(): Promise<boolean> {
    return this.#started().loadOlder();
  }

  /**
   * Ends the chat, after what is in the outbox has been sent.
   * @returns the conversation as it was closed; closing twice changes nothing.
   * @throws ChatError `not_started`; `network`, `timeout` (also where a message is still on its way), `unavailable`, … after 15 s of tries.
   */
  async close(reason?: string): Promise<Conversation> {
    return this.#started().close(reason);
  }

  /** Ends sockets, timers and listeners, and keeps what is stored: `resume` and `start` go on. */
  stop(): void {
    this.#leave();
  }

  /** Stops, and forgets everything: the next person at this computer sees nothing of this one. */
  reset(): void {
    this.#store.clear();
    this.#forget();
  }

  async #start(given: StartDetails, isAgain: boolean): Promise<Conversation> {
    const details = copyOf(given);
    this.#revive();
    const { signal } = this.#repeater;
    // Of two tabs that begin at once the second goes on with what the first has begun.
    const begin = (): Promise<SessionAnswer> =>
      whileAlone(this.#env, `${this.#store.key}:start`, signal, async () => {
        if (signal.aborted || (isAgain && !this.#store.read().fingerprint)) throw stopped();
        return this.#session.start(details, signal);
      });
    const { conversation } = await this.#repeater.run(begin);
    return this.#adopt(conversation);
  }

  async #startAgain(details: StartDetails): Promise<boolean> {
    try {
      await (this.#starting ?? this.#begin(details, true));
      return true;
    } catch (error) {
      if (!(error instanceof ChatError) || error.code === 'stopped') throw error;
      return false;
    }
  }

  /** The server knows the token no more. What the conversation was begun with goes along, should another begin. */
  async #renew(): Promise<void> {
    const known = this.#engine?.log.conversation;
    if (known?.status === 'CLOSED') throw unauthenticated();
    const { conversation } = await this.#session.start(
      known ? { displayName: known.customer.displayName, contact: known.customer.phone, channel: known.channel, metadata: known.metadata } : {},
      this.#repeater.signal,
    );
    this.#adopt(conversation);
  }

  #adopt(conversation: Conversation): Conversation {
    if (this.#repeater.signal.aborted) throw stopped();
    this.#error = undefined;
    const before = this.#engine;
    const { id } = conversation;
    const engine = before?.id === id ? before : this.#use(id);
    engine.dispatch({ type: 'told', conversation });
    if (before !== engine) {
      engine.restore();
      // What the server has not taken in one that is over goes on in its successor.
      if (before && before.log.conversation?.status !== 'CLOSED') engine.restore(before.id);
      this.#store.change((kept) => ({ ...kept, outbox: { [id]: kept.outbox[id] }, read: {} }));
      this.#line.close();
    }
    if (conversation.status !== 'CLOSED') this.#line.open();
    return conversation;
  }

  #use(conversationId: string): ConversationEngine {
    this.#engine?.stop();
    const whose = this.#store.read().fingerprint;
    this.#endListening ??= this.#env.listen('storage', () => {
      // Reset in another tab: this one must not go on showing it.
      if (this.#store.read().fingerprint !== whose) return this.#forget();
      this.#engine?.stored();
      void this.#follow();
    });
    let hasEnded = false;
    const engine: ConversationEngine = new ConversationEngine(conversationId, {
      side: 'CUSTOMER',
      rest: this.#session.rest,
      env: this.#env,
      store: this.#store,
      self: () => this.#self(),
      changed: () => {
        if (this.#engine !== engine) return;
        if (engine.log.conversation?.status === 'CLOSED' && !hasEnded) {
          hasEnded = true;
          this.#ended(conversationId);
        }
        this.#changed();
      },
      refused: (error) => {
        if (this.#engine === engine) this.#refused(error);
      },
      expect: (isHeard) => this.#line.expect(isHeard),
      emit: (name, payload) => this.#line.emit(name, payload),
    });
    return (this.#engine = engine);
  }

  #self(): ChatMessage['sender'] {
    const customer = this.#engine?.log.conversation?.customer;
    return { id: customer?.id ?? this.#session.fingerprint ?? '', type: 'CUSTOMER', displayName: customer?.displayName ?? null };
  }

  async #auth(): Promise<Record<string, unknown>> {
    const token = await this.#session.token();
    const { fingerprint } = this.#session;
    const log = this.#engine?.log ?? this.#log;
    return {
      role: 'customer',
      conversationId: this.#engine?.id,
      fingerprint: fingerprint ?? undefined,
      token: token ?? undefined,
      // The last entry comes once more: whether it is still the same says whether the log is.
      after: log.conversation ? this.#engine?.anchor : undefined,
    };
  }

  /** Nothing more will happen in it; what is missing of its log is read over REST. */
  #ended(id: string): void {
    this.#session.ended(id);
    this.#line.close();
    void this.#follow();
  }

  /** One that has ended gives way to the next, where another tab has begun it. */
  async #follow(): Promise<void> {
    const { conversationId } = this.#store.read();
    const shown = this.#engine;
    if (shown?.log.conversation?.status !== 'CLOSED' || !conversationId || conversationId === shown.id) return;
    const api = new ConversationApi(this.#session.rest, 'CUSTOMER', conversationId, this.#repeater.signal);
    // Where there is none, or this tab is stopped, it shows what it did.
    const conversation = await this.#repeater.run(() => api.get()).catch(() => null);
    if (conversation && this.#engine === shown) this.#adopt(conversation);
  }

  /** It cannot go on: said once, and nothing is tried any more. */
  #refused(error: ChatError): void {
    if (this.#engine?.log.conversation?.status === 'CLOSED') return;
    this.#error = error;
    this.#line.close();
    this.#changed();
  }

  #started(): ConversationEngine {
    if (!this.#engine) throw new ChatError('not_started', 'There is no conversation: start or resume one first.');
    return this.#engine;
  }

  #revive(): void {
    if (!this.#repeater.signal.aborted) return;
    this.#repeater = new Repeater(this.#env);
  }

  /** Stops, and shows nothing any more. */
  #forget(): void {
    this.#leave();
    this.#error = undefined;
    this.#log = emptyLog('CUSTOMER');
    this.#changed();
  }

  #leave(): void {
    this.#repeater.stop();
    this.#endListening?.();
    this.#endListening = undefined;
    this.#engine?.stop();
    this.#log = this.#engine?.log ?? this.#log;
    this.#engine = undefined;
    this.#line.close();
    this.#changed();
  }

  #changed(): void {
    this.#state = this.#compose();
    this.#subject.tell();
  }

  #compose(): CustomerState {
    const line = this.#line.connection;
    const connection = line === 'idle' && this.#starting ? 'connecting' : line;
    const log = this.#engine?.log ?? this.#log;
    return Object.freeze({
      ...viewOf(log),
      connection: this.#error ? 'offline' : connection,
      queue: log.conversation?.queue ?? null,
      agentAway: log.otherAway,
      agentTyping: log.otherTyping,
      readByAgent: readBy(log, 'AGENT'),
      ...(this.#error && { error: this.#error }),
    });
  }
}
