import { DeskConversation } from './agent-conversation.js';
import { Clock } from './clock.js';
import { GivenToken } from './credentials.js';
import { ConversationEngine, PATIENCE } from './engine.js';
import { defaultEnvironment, type Environment } from './environment.js';
import { ChatError } from './error.js';
import { Line } from './line.js';
import { toldOf } from './listed.js';
import { isConversation, isObject, isText } from './parse.js';
import { Repeater, stopped } from './repeat.js';
import { RestClient } from './rest.js';
import { Store, storageKey } from './storage.js';
import { Subject } from './subject.js';
import type { AgentConversation, AgentConversationState, AgentOptions, AgentState, Unsubscribe } from './types.js';
import type { AgentSessionAnswer, Conversation, ListedConversation, QueueEntry } from './wire.js';
import { checkAddresses } from './where.js';

/** What the desk knows beside its conversations. */
type Desk = Pick<AgentState, 'agent' | 'maxConcurrent' | 'queue' | 'queueSize'>;

const emptyDesk: Desk = { agent: null, maxConcurrent: 0, queue: [], queueSize: 0 };

/** An agent's desk: the queue and every conversation the agent holds, over one socket. */
export class AgentChat {
  readonly #env: Environment;
  readonly #store: Store;
  readonly #rest: RestClient;
  readonly #line: Line;
  readonly #clock: Clock;
  readonly #subject = new Subject();
  readonly #conversations = new Map<string, DeskConversation>();
  #repeater: Repeater;
  #starting: Promise<void> | undefined;
  #booting: Promise<void> | undefined;
  #desk = emptyDesk;
  #list: readonly AgentConversation[] = [];
  #error: ChatError | undefined;
  #endListening: Unsubscribe | undefined;
  #state: AgentState;

  /** @param environment for tests: stands in for the page, the network and the clock */
  constructor(
    private readonly options: AgentOptions,
    environment: Partial<Environment> = {},
  ) {
    checkAddresses(options);
    const { fetch, storage, agentId } = options;
    this.#env = { ...defaultEnvironment(), ...environment, ...(fetch && { fetch }), ...(storage && { storage }) };
    this.#store = new Store(this.#env.storage, storageKey(options.rest, agentId));
    this.#clock = new Clock(this.#env);
    const credentials = new GivenToken(options.token);
    this.#rest = new RestClient({ ...this.#env, fetch: this.#fetch }, options.rest, credentials);
    this.#repeater = new Repeater(this.#env);
    this.#line = new Line(this.#env, options.gateway, {
      auth: async () => ({
        role: 'agent',
        scope: 'desk',
        fingerprint: agentId,
        displayName: options.displayName,
        token: (await credentials.token()) ?? undefined,
      }),
      renew: async () => credentials.renew(await credentials.token()),
      changed: () => this.#changed(),
      up: (recovered) => {
        this.#clock.renew();
        // What changed between the answer and the socket, the first time too.
        if (!recovered) void this.#boot().catch((error: unknown) => this.#refused(error));
      },
      down: () => this.#each((one) => one.engine.lost()),
      refused: (error) => this.#refused(error),
      event: (name, payload) => this.#heard(name, payload),
      wake: () => {
        this.#repeater.wake();
        this.#each((one) => one.engine.wake());
      },
      check: () => this.#each((one) => one.engine.check()),
    });
    this.#state = this.#compose();
  }

  /** Frozen; a new object on each change of its own fields. Each conversation has a `state` and a `subscribe` of its own. */
  get state(): AgentState {
    return this.#state;
  }

  /** Calls `listener` after each change, those of the conversations included. May be passed on without its object. */
  readonly subscribe = (listener: () => void): Unsubscribe => this.#subject.subscribe(listener);

  /**
   * Signs in. Repeated until the server has answered: see `state.connection` meanwhile.
   * @throws ChatError `unauthenticated`, `forbidden`, `validation`, `stopped`.
   */
  start(): Promise<void> {
    if (this.#starting) return this.#starting;
    this.#starting = this.#start().finally(() => {
      this.#starting = undefined;
      this.#changed();
    });
    this.#changed();
    return this.#starting;
  }

  /**
   * Takes a conversation out of the queue.
   * @throws ChatError `conflict` (another agent was first), `agent_at_capacity`, `gone`, `validation` (no id); `network`, … after 15 s of tries.
   */
  async accept(conversationId: string): Promise<AgentConversation> {
    if (!isText(conversationId, 100)) throw new ChatError('validation', 'A conversation has an id.');
    const { agentId, displayName } = this.options;
    const conversation = await this.#repeater.run(
      () =>
        this.#rest.call<Conversation>(`/api/agent/conversations/${encodeURIComponent(conversationId)}/accept`, {
          body: { agentId, displayName },
          is: isConversation,
          signal: this.#repeater.signal,
        }),
      PATIENCE,
    );
    return this.#tell(conversation);
  }

  /** Ends sockets, timers and listeners. What is in the outboxes is kept, and goes out after the next `start`. */
  stop(): void {
    this.#repeater.stop();
    this.#endListening?.();
    this.#endListening = undefined;
    this.#each((one) => one.engine.stop());
    this.#conversations.clear();
    this.#desk = emptyDesk;
    this.#error = undefined;
    this.#line.close();
    this.#changed();
  }

  async #start(): Promise<void> {
    if (this.#repeater.signal.aborted) {
      this.#repeater = new Repeater(this.#env);
    }
    this.#error = undefined;
    this.#endListening ??= this.#env.listen('storage', () => this.#each((one) => one.engine.stored()));
    try {
      await this.#boot();
    } catch (error) {
      this.#refused(error);
      throw error;
    }
    this.#line.open();
  }

  /** Signs in, and sets right everything that is known; one after the other, where it is wanted again meanwhile. */
  #boot(): Promise<void> {
    const before = this.#booting ?? Promise.resolve();
    const booting = before.catch(() => undefined).then(() => this.#bootOnce());
    this.#booting = booting;
    return booting;
  }

  async #bootOnce(): Promise<void> {
    const { signal } = this.#repeater;
    const { agentId, displayName } = this.options;
    const answer = await this.#repeater.run(() =>
      this.#rest.call<AgentSessionAnswer>('/api/agent/sessions', { body: { agentId, displayName }, is: isAgentSession, signal }),
    );
    if (signal.aborted) throw stopped();
    const { agent, maxConcurrent, queue, queueSize, conversations } = answer;
    this.#desk = { agent, maxConcurrent, queue: Object.freeze(queue), queueSize };
    for (const one of conversations) this.#tell(one).engine.catchUp();
    const isHeld = (id: string): boolean => conversations.some((one) => one.id === id);
    // Messages of an earlier page may wait for one that is no longer held: it was closed, or is somebody else's.
    const { outbox, read } = this.#store.read();
    for (const [id, unsent] of Object.entries(outbox)) if (unsent && !isHeld(id)) this.#add(id);
    for (const id of Object.keys(read)) if (!this.#conversations.has(id)) this.#forget(id);
    this.#each((one) => {
      if (!isHeld(one.id) && one.state.status !== 'CLOSED') this.#ask(one);
    });
    this.#changed();
  }

  /** The network. An answer whose head a page may read tells the server's time too, in whole seconds. */
  readonly #fetch: typeof fetch = async (...call) => {
    const response = await this.#env.fetch(...call);
    this.#clock.heard(response.headers.get('Date'));
    return response;
  };

  #heard(name: string, payload: unknown): void {
    if (name === 'queue:snapshot' && Array.isArray(payload)) return this.#queue(payload as readonly QueueEntry[]);
    if (!isObject(payload) || typeof payload.conversationId !== 'string') return;

    const { conversationId, conversation, message } = payload;
    this.#clock.heard((isObject(message) ? message : payload).timestamp);
    if (!this.#conversations.has(conversationId) && isConversation(conversation) && this.#isMine(conversation)) this.#tell(conversation);
    this.#conversations.get(conversationId)?.engine.heard(name, payload);
  }

  /** The snapshot is the beginning of the queue: how long it is, is known where it is all of it. */
  #queue(queue: readonly QueueEntry[]): void {
    const isBeginning = queue.length > 0 && queue.length === this.#desk.queue.length && this.#desk.queueSize > queue.length;
    this.#desk = { ...this.#desk, queue: Object.freeze(queue), queueSize: isBeginning ? this.#desk.queueSize : queue.length };
    this.#changed();
  }

  #isMine({ status, agent }: Conversation): boolean {
    return status !== 'CLOSED' && agent?.id === (this.#desk.agent?.id ?? this.options.agentId);
  }

  #tell(conversation: Conversation | ListedConversation): DeskConversation {
    const one = this.#add(conversation.id);
    for (const event of toldOf(conversation)) one.engine.dispatch(event);
    return one;
  }

  #add(id: string): DeskConversation {
    const known = this.#conversations.get(id);
    if (known) return known;

    const engine: ConversationEngine = new ConversationEngine(id, {
      side: 'AGENT',
      agentId: this.options.agentId,
      rest: this.#rest,
      env: this.#env,
      store: this.#store,
      self: () => ({ id: this.options.agentId, type: 'AGENT', displayName: this.#desk.agent?.displayName ?? this.options.displayName ?? null }),
      changed: () => this.#conversationChanged(one),
      refused: () => this.#remove(one, 'refused'),
      expect: (isHeard) => this.#line.expect(isHeard),
      emit: (name, payload) => this.#line.emit(name, payload),
    });
    const one = new DeskConversation(engine, new Subject(), () => {
      this.#remove(one);
      this.#forget(id);
    });
    this.#conversations.set(id, one);
    engine.restore();
    return one;
  }

  /** What has become of one that is no longer held. */
  #ask(one: DeskConversation): void {
    one.engine.load().then(
      () => {
        if (!this.#conversations.has(one.id)) this.#forget(one.id);
      },
      (error: unknown) => {
        if (!(error instanceof ChatError) || error.code === 'stopped') return;
        this.#remove(one, 'refused');
        this.#forget(one.id);
      },
    );
  }

  /** Drops what is stored of a conversation. */
  #forget(id: string): void {
    this.#store.change(({ outbox, read }) => ({ outbox: { ...outbox, [id]: undefined }, read: { ...read, [id]: undefined } }));
  }

  #conversationChanged(one: DeskConversation): void {
    if (this.#conversations.get(one.id) !== one) return;
    one.changed();
    const { conversation, status } = one.state;
    // Back in the queue, or with another agent: it is no longer on this desk.
    if (conversation && status !== 'CLOSED' && !this.#isMine(conversation)) return this.#remove(one, conversation.agent ? 'transferred' : 'requeued');
    this.#changed();
  }

  #remove(one: DeskConversation, left?: AgentConversationState['left']): void {
    one.engine.stop();
    this.#conversations.delete(one.id);
    one.left = left;
    one.changed();
    this.#changed();
  }

  #each(visit: (one: DeskConversation) => void): void {
    for (const one of [...this.#conversations.values()]) visit(one);
  }

  #refused(error: unknown): void {
    if (!(error instanceof ChatError) || error.code === 'stopped') return;
    this.#error = error;
    this.#line.close();
    this.#changed();
  }

  #changed(): void {
    const next = this.#compose();
    const isSame = (Object.keys(next) as (keyof AgentState)[]).every((key) => next[key] === this.#state[key]) && next.error === this.#state.error;
    if (!isSame) this.#state = next;
    this.#subject.tell();
  }

  #compose(): AgentState {
    const line = this.#line.connection;
    const connection = line === 'idle' && this.#starting ? 'connecting' : line;
    const listed = [...this.#conversations.values()].filter((one) => one.state.conversation);
    listed.sort((a, b) => compare(a.state.conversation?.acceptedAt ?? '', b.state.conversation?.acceptedAt ?? '') || compare(a.id, b.id));
    const isSame = listed.length === this.#list.length && listed.every((one, index) => one === this.#list[index]);
    if (!isSame) this.#list = Object.freeze(listed);
    return Object.freeze({
      connection: this.#error ? 'offline' : connection,
      ...this.#desk,
      conversations: this.#list,
      clockOffset: this.#clock.offset,
      ...(this.#error && { error: this.#error }),
    });
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const isAgentSession = (value: unknown): value is AgentSessionAnswer =>
  isObject(value) && isObject(value.agent) && Array.isArray(value.conversations) && value.conversations.every(isConversation) && Array.isArray(value.queue);
