import { ConversationApi } from './conversation-api.js';
import type { Environment } from './environment.js';
import { ChatError } from './error.js';
import { WINDOW, emptyLog, hasGap, nextToSend, readBy, type ChatLog, type Side } from './log.js';
import { Outbox } from './outbox.js';
import { isMessageEvent, isObject, isSystemEvent, isText } from './parse.js';
import { reduce, type ChatEvent } from './reduce.js';
import { Repeater, stopped } from './repeat.js';
import type { RestClient } from './rest.js';
import type { Store, Unsent } from './storage.js';
import type { ChatMessage, SendOptions } from './types.js';
import type { Conversation, Metadata, Participant } from './wire.js';

/** How long what a person waits for is tried, in milliseconds: to close, to accept, to load older entries. */
export const PATIENCE = 15_000;
const LONGEST_CONTENT = 4000;
/** The server ends typing after 6 s: told again before that, and not believed for longer. */
const TYPING_AGAIN = 3_000;
const TYPING_ENDS = 7_000;

export interface EnginePort {
  readonly side: Side;
  readonly rest: RestClient;
  readonly env: Environment;
  readonly store: Store;
  /** Who writes here. */
  self(): Participant;
  /** After each change of the log. */
  changed(): void;
  /** What it needs to go on was refused for good: the conversation is not there, or not this side's any more. */
  refused(error: ChatError): void;
  /** Best effort, over the socket. */
  emit(name: string, payload: object): void;
}

/**
 * One conversation, the same for both sides: holds the log, and sees to whatever the log says is to be done: what is
 * missing is read, what is in doubt is asked for, what is pending is sent and kept until the server has it.
 */
export class ConversationEngine {
  #log: ChatLog;
  readonly #stop = new AbortController();
  readonly #repeater: Repeater;
  readonly #api: ConversationApi;
  readonly #outbox: Outbox;
  #isFilling = false;
  /** The last entry when the connection was lost: it is read once more, since whether it is still the same says whether the log is. */
  #unsureOf: number | undefined;
  #isChecking = false;
  #isMarking = false;
  #read = 0;
  #typingToldAt = -Infinity;
  #endTyping = (): void => undefined;

  constructor(
    readonly id: string,
    private readonly port: EnginePort,
  ) {
    this.#log = emptyLog(port.side);
    this.#repeater = new Repeater(port.env, this.#stop.signal);
    const isAgent = port.side === 'AGENT';
    this.#api = new ConversationApi(port.rest, isAgent ? 'agent' : 'customer', id, this.#stop.signal, isAgent ? port.self().id : undefined);
    this.#outbox = new Outbox(
      {
        next: () => nextToSend(this.#log),
        post: (message) => this.#api.send(message),
        confirmed: (message, confirmed) => this.dispatch({ type: 'confirmed', clientMessageId: message.key, message: confirmed }),
        failed: (error, message) => this.dispatch({ type: 'failed', error, ...(message && { clientMessageId: message.key }) }),
      },
      this.#repeater,
      port.env,
      `customer-live-chat:outbox:${id}`,
    );
  }

  get log(): ChatLog {
    return this.#log;
  }

  /** Takes up what an earlier page left in the outbox. */
  restore(unsent: readonly Unsent[] = this.port.store.outbox(this.id)): void {
    for (const one of unsent) {
      this.dispatch({ type: 'sent', message: this.#pending(one) });
      if (!this.#log.pending.some(({ key }) => key === one.clientMessageId)) this.port.store.remove(this.id, one.clientMessageId);
    }
  }

  /** Asks where the conversation stands, until the server answers. @throws ChatError what it refuses with, `stopped` */
  async load(): Promise<Conversation> {
    const conversation = await this.#repeater.run(() => this.#api.get());
    this.dispatch({ type: 'told', conversation });
    return conversation;
  }

  dispatch(event: ChatEvent): void {
    const before = this.#log;
    this.#log = reduce(before, event);
    if (this.#log === before || this.#stop.signal.aborted) return;

    // Kept before the first try, so that no reload in between can lose it.
    this.#keep(before.pending, this.#log.pending);
    if (hasGap(this.#log)) this.#begin(this.#fill);
    if (this.#log.doubt !== 'no') this.#begin(this.#check);
    if (nextToSend(this.#log)) this.#begin(() => this.#outbox.drain());
    if (this.#log.otherTyping !== before.otherTyping) this.#watchTyping();
    this.port.changed();
  }

  /** An event of the socket that is of this conversation. */
  heard(name: string, payload: unknown): void {
    if (name === 'chat:message' && isMessageEvent(payload)) {
      this.dispatch({ type: 'logged', items: [{ sequence: payload.message.sequence, event: name, payload }] });
    } else if (name === 'system:event' && isSystemEvent(payload)) {
      const { sequence } = payload;
      if (payload.type === 'SESSION_READY') this.dispatch({ type: 'told', conversation: payload.conversation });
      else if (sequence === null) this.dispatch({ type: 'signal', event: payload });
      else this.dispatch({ type: 'logged', items: [{ sequence, event: name, payload }] });
    } else if (isObject(payload) && isObject(payload.participant)) {
      const by = String(payload.participant.type);
      if (name === 'chat:typing') {
        // Told again while it goes on: the wait for its end begins anew.
        if (this.#log.otherTyping && by !== this.port.side) this.#watchTyping();
        this.dispatch({ type: 'typing', by, typing: payload.typing === true });
      } else if (name === 'chat:read') this.dispatch({ type: 'read', by, sequence: Number(payload.sequence) });
    }
  }

  send(content: string, { metadata = null }: SendOptions = {}): ChatMessage {
    this.#mustBeOpen();
    if (!isText(content, LONGEST_CONTENT)) throw new ChatError('validation', `A message is a text that is not empty, of ${LONGEST_CONTENT} characters at most.`);
    const { env } = this.port;
    const message = this.#pending({ clientMessageId: env.id(), content, metadata: copyOf(metadata), at: new Date(env.now()).toISOString() });
    this.#typingToldAt = -Infinity;
    this.dispatch({ type: 'sent', message });
    return message;
  }

  retry({ key }: ChatMessage): void {
    const failed = this.#log.pending.find((one) => one.key === key && one.delivery === 'failed');
    if (!failed) return;
    this.#mustBeOpen();
    this.dispatch({ type: 'dropped', clientMessageId: key });
    this.send(failed.content, { metadata: failed.metadata });
  }

  typing(text: boolean | string): void {
    const isTyping = typeof text === 'string' ? text.trim() !== '' : text;
    const wasTold = this.port.env.now() - this.#typingToldAt;
    if (isTyping ? wasTold < TYPING_AGAIN : wasTold > TYPING_ENDS) return;
    this.#typingToldAt = isTyping ? this.port.env.now() : -Infinity;
    this.port.emit('chat:typing', { conversationId: this.id, typing: isTyping });
  }

  read(sequence: number): void {
    const upTo = Math.min(sequence, this.#log.last);
    if (upTo <= readBy(this.#log, this.port.side)) return;
    this.#read = upTo;
    this.dispatch({ type: 'read', by: this.port.side, sequence: upTo });
    this.#begin(this.#mark);
  }

  async close(reason?: string): Promise<Conversation> {
    const end = this.port.env.now() + PATIENCE;
    await this.#sent(end);
    const conversation = await this.#repeater.run(() => this.#api.close(reason), Math.max(1, end - this.port.env.now()));
    this.dispatch({ type: 'told', conversation });
    return conversation;
  }

  async loadOlder(): Promise<boolean> {
    const { floor } = this.#log;
    const after = Math.max(0, floor - WINDOW);
    if (floor > 0) this.dispatch({ type: 'older', items: await this.#repeater.run(() => this.#api.events(after, floor - after), PATIENCE) });
    return this.#log.floor > 0;
  }

  /** The connection was lost, and the next does not go on from its last event. */
  lost(): void {
    this.#unsureOf ??= this.#log.last;
    this.dispatch({ type: 'cut' });
  }

  /** From where on the log is to be told again: the last entry that the lost connection saw is the first of it. */
  get anchor(): number {
    const { floor, last } = this.#log;
    return Math.max(floor, Math.min(last, this.#unsureOf ?? last) - 1);
  }

  /** The new connection tells all from the anchor on. */
  found(): void {
    this.#unsureOf = undefined;
  }

  /** Reads what was missed. */
  catchUp(): void {
    this.#begin(this.#fill);
  }

  /** Asks whether the server's log is still the one that was seen. */
  check(): void {
    this.#begin(this.#check);
  }

  /** The network may be back. */
  wake(): void {
    this.#repeater.wake();
  }

  stop(): void {
    this.#stop.abort();
    this.#endTyping();
  }

  /** Work that nobody waits for: what is refused ends it, and `stop` does. */
  #begin(work: () => Promise<void>): void {
    work.call(this).catch((error: unknown) => {
      if (!(error instanceof ChatError)) throw error;
      if (error.code !== 'stopped') this.port.refused(error);
    });
  }

  /** Reads what is missing, page after page; one reading at a time, whatever comes meanwhile. */
  async #fill(): Promise<void> {
    if (this.#isFilling) return;
    this.#isFilling = true;
    try {
      for (let vain = 0; hasGap(this.#log) || this.#unsureOf !== undefined; ) {
        const { last } = this.#log;
        const unsureOf = this.#unsureOf;
        const after = unsureOf === undefined ? last : this.anchor;
        this.#unsureOf = undefined;
        const items = await this.#repeater.run(() => this.#api.events(after));
        this.dispatch({ type: 'logged', items });
        if (this.#log.last !== last || !hasGap(this.#log) || unsureOf !== undefined) vain = 0;
        else {
          // The server has nothing above: what was heard of may be of a log that is gone.
          this.check();
          vain = await this.#repeater.pause(vain, 0);
        }
      }
    } finally {
      this.#isFilling = false;
    }
  }

  async #check(): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    try {
      do {
        const { last, target } = this.#log;
        const conversation = await this.#repeater.run(() => this.#api.get());
        this.dispatch({ type: 'checked', conversation, last: Math.max(last, target) });
      } while (this.#log.doubt !== 'no');
    } finally {
      this.#isChecking = false;
    }
  }

  async #mark(): Promise<void> {
    if (this.#isMarking) return;
    this.#isMarking = true;
    try {
      for (let told = 0; told < this.#read; ) {
        const upTo = this.#read;
        await this.#repeater.run(() => this.#api.read(upTo));
        told = upTo;
      }
    } catch (error) {
      // Refused: nothing depends on it.
      if (!(error instanceof ChatError)) throw error;
    } finally {
      this.#isMarking = false;
    }
  }

  /** Waits for the outbox: what was said before the end comes before it. */
  #sent(end: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (this.#stop.signal.aborted) reject(stopped());
        else if (!nextToSend(this.#log)) resolve();
        else if (this.port.env.now() >= end) reject(new ChatError('timeout', 'A message is still on its way.'));
        else this.port.env.timer(look, 50);
      };
      look();
    });
  }

  #keep(before: readonly ChatMessage[], after: readonly ChatMessage[]): void {
    if (before === after) return;
    const isUnsent = (all: readonly ChatMessage[], key: string): boolean => all.some((one) => one.key === key && one.delivery === 'sending');
    for (const { key } of before) if (isUnsent(before, key) && !isUnsent(after, key)) this.port.store.remove(this.id, key);
    for (const { key, content, metadata, timestamp } of after) {
      if (isUnsent(after, key) && !isUnsent(before, key)) this.port.store.add(this.id, { clientMessageId: key, content, metadata, at: timestamp });
    }
  }

  #watchTyping(): void {
    this.#endTyping();
    this.#endTyping = this.#log.otherTyping
      ? this.port.env.timer(() => this.dispatch({ type: 'typing', by: '', typing: false }), TYPING_ENDS)
      : () => undefined;
  }

  #pending({ clientMessageId, content, metadata, at }: Unsent): ChatMessage {
    return Object.freeze({
      key: clientMessageId,
      id: null,
      sequence: null,
      clientMessageId,
      type: 'TEXT',
      sender: this.port.self(),
      own: true,
      content,
      metadata,
      timestamp: at,
      delivery: 'sending',
    });
  }

  #mustBeOpen(): void {
    if (this.#stop.signal.aborted) throw stopped();
    if (this.#log.conversation?.status === 'CLOSED') throw new ChatError('gone', 'The chat has ended.');
  }
}

/** What is changed afterwards is not what was sent, and what is not JSON can never be. */
function copyOf(metadata: Metadata | null): Metadata | null {
  try {
    return JSON.parse(JSON.stringify(metadata)) as Metadata | null;
  } catch {
    throw new ChatError('validation', 'The metadata must be JSON.');
  }
}
