import { ConversationApi } from './conversation-api.js';
import type { Environment } from './environment.js';
import { ChatError } from './error.js';
import { WINDOW, emptyLog, hasGap, isShort, nextToSend, readBy, type ChatLog, type Side } from './log.js';
import { Outbox } from './outbox.js';
import { copyOf, isMessageEvent, isObject, isSystemEvent, isText } from './parse.js';
import { reduce, type ChatEvent } from './reduce.js';
import { Repeater, stopped } from './repeat.js';
import type { RestClient } from './rest.js';
import type { Store, Unsent } from './storage.js';
import type { ChatMessage, SendOptions } from './types.js';
import type { Conversation, Participant } from './wire.js';

/** How long what a person waits for is tried, in milliseconds: to close, to accept, to load older entries. */
export const PATIENCE = 15_000;
const LONGEST_CONTENT = 4000;
/** The server ends typing after 6 s: told again before that, and not believed for longer. */
const TYPING_AGAIN = 3_000;
const TYPING_ENDS = 7_000;

export interface EnginePort {
  readonly side: Side;
  /** Which agent's side it is. */
  readonly agentId?: string;
  readonly rest: RestClient;
  readonly env: Environment;
  readonly store: Store;
  /** Who writes here. */
  self(): Participant;
  /** After each change of the log. */
  changed(): void;
  /** What it needs to go on was refused for good: the conversation is not there, or not this side's any more. */
  refused(error: ChatError): void;
  /** The socket has to bring what this asks for. */
  expect(isHeard: () => boolean): void;
  /** Best effort, over the socket. */
  emit(name: string, payload: object): void;
}

type Work = (this: ConversationEngine) => Promise<void>;

/**
 * One conversation, the same for both sides: holds the log, and sees to whatever the log says is to be done: what is
 * missing is read, what is in doubt is asked for, what is pending is sent and kept until the server has it.
 */
export class ConversationEngine {
  #log: ChatLog;
  readonly #repeater: Repeater;
  readonly #api: ConversationApi;
  readonly #outbox: Outbox;
  /** What is to be done, and what is under way, of the work that nobody waits for. */
  readonly #wanted = new Set<Work>();
  readonly #running = new Set<Work>();
  /** How often it was asked in vain for what is missing. */
  #vain = 0;
  /** The last entry when the connection was lost: it is read once more, since whether it is still the same says whether the log is. */
  #unsureOf: number | undefined;
  /** The highest sequence of a message that the socket has brought. */
  #heard = 0;
  #typingToldAt = -Infinity;
  #endTyping = (): void => undefined;

  constructor(
    readonly id: string,
    private readonly port: EnginePort,
  ) {
    this.#log = emptyLog(port.side);
    this.#repeater = new Repeater(port.env);
    this.#api = new ConversationApi(port.rest, port.side, id, this.#repeater.signal, port.agentId);
    this.#outbox = new Outbox(
      {
        next: () => nextToSend(this.#log),
        post: (message) => this.#api.send(message),
        confirmed: (message, confirmed) => {
          this.dispatch({ type: 'confirmed', clientMessageId: message.key, message: confirmed });
          if (confirmed.sequence > this.#heard) port.expect(() => confirmed.sequence <= this.#heard);
        },
        failed: (error, message) => this.dispatch({ type: 'failed', error, clientMessageId: message?.key }),
      },
      this.#repeater,
      port.env,
      `customer-live-chat:outbox:${id}`,
    );
  }

  get log(): ChatLog {
    return this.#log;
  }

  /** Takes up what an earlier page, or an earlier conversation, left in its outbox. */
  restore(from = this.id): void {
    for (const one of this.port.store.outbox(from).values()) this.dispatch({ type: 'sent', message: this.#pending(one) });
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
    if (this.#log === before || this.#repeater.signal.aborted) return;

    // Kept before the first try, so that no reload in between can lose it.
    this.#keep(before.pending, this.#log.pending);
    const head = nextToSend(before);
    // The answer was lost, and the message is there: those behind it do not wait for the next try.
    if (head && head !== nextToSend(this.#log)) this.#repeater.wake();
    // Begun anew: what was read of another log is nothing in this one.
    if (this.#log.last < before.last) this.port.store.saveRead(this.id, 0);
    if (isShort(this.#log)) this.catchUp();
    if (this.#log.doubt !== 'no') this.check();
    if (nextToSend(this.#log)) this.#begin(this.#drain);
    if (this.#log.otherTyping !== before.otherTyping) this.#watchTyping();
    this.port.changed();
  }

  /** An event of the socket that is of this conversation. */
  heard(name: string, payload: unknown): void {
    if (name === 'chat:message' && isMessageEvent(payload)) {
      this.#heard = Math.max(this.#heard, payload.message.sequence);
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

  send(content: string, options?: SendOptions | null): ChatMessage {
    this.#mustBeOpen();
    const metadata = options?.metadata ?? null;
    if (!isText(content, LONGEST_CONTENT)) throw new ChatError('validation', `A message is a text that is not empty, of ${LONGEST_CONTENT} characters at most.`);
    const { env } = this.port;
    const message = this.#pending({ clientMessageId: env.id(), content, metadata: copyOf(metadata), at: new Date(env.now()).toISOString() });
    this.#typingToldAt = -Infinity;
    this.dispatch({ type: 'sent', message });
    return message;
  }

  retry(message: ChatMessage | null | undefined): void {
    const key = message?.key;
    const failed = this.#log.pending.find((one) => one.key === key && one.delivery === 'failed');
    if (!failed) return;
    this.#mustBeOpen();
    this.send(failed.content, { metadata: failed.metadata });
    this.dispatch({ type: 'dropped', clientMessageId: failed.key });
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
    this.port.store.saveRead(this.id, upTo);
    this.dispatch({ type: 'read', by: this.port.side, sequence: upTo });
    this.#begin(this.#mark);
  }

  /** Another tab has changed what is stored: it has read on, and has sent anew, or dropped, what had failed. */
  stored(): void {
    const { store, side } = this.port;
    const outbox = store.outbox(this.id);
    for (const { key, delivery } of this.#log.pending) if (delivery === 'failed' && !outbox.has(key)) this.dispatch({ type: 'dropped', clientMessageId: key });
    this.dispatch({ type: 'read', by: side, sequence: Number(store.read().read[this.id]) });
  }

  async close(reason?: string): Promise<Conversation> {
    const end = this.port.env.now() + PATIENCE;
    await this.#sent(end);
    const conversation = await this.#repeater.run(() => this.#api.close(reason), Math.max(1, end - this.port.env.now()));
    this.dispatch({ type: 'told', conversation });
    return conversation;
  }

  async loadOlder(): Promise<boolean> {
    await this.#older(PATIENCE);
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
    this.#repeater.stop();
    this.#endTyping();
  }

  /** Does it once more from now on, one after the other; what is refused ends it, and `stop` does. */
  #begin(work: Work): void {
    this.#wanted.add(work);
    if (!this.#running.has(work)) void this.#run(work);
  }

  async #run(work: Work): Promise<void> {
    this.#running.add(work);
    try {
      while (this.#wanted.delete(work)) await work.call(this);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      if (error.code !== 'stopped') this.port.refused(error);
    } finally {
      this.#running.delete(work);
    }
  }

  readonly #drain = (): Promise<void> => this.#outbox.drain();

  /** Reads a page of what is missing: above first, then below, as far as it is needed to count what is unread. */
  async #fill(): Promise<void> {
    const { last, floor } = this.#log;
    const isUnsure = this.#unsureOf !== undefined;
    if (isUnsure || hasGap(this.#log)) {
      const after = isUnsure ? this.anchor : last;
      this.#unsureOf = undefined;
      this.dispatch({ type: 'logged', items: await this.#repeater.run(() => this.#api.events(after)) });
    } else if (isShort(this.#log)) await this.#older();
    else return;

    if (isUnsure || this.#log.last !== last || this.#log.floor !== floor || !isShort(this.#log)) this.#vain = 0;
    else {
      // The server has nothing there: what was heard of may be of a log that is gone.
      this.check();
      this.#vain = await this.#repeater.pause(this.#vain, 0);
    }
    this.#begin(this.#fill);
  }

  async #check(): Promise<void> {
    const { last, target } = this.#log;
    const conversation = await this.#repeater.run(() => this.#api.get());
    this.dispatch({ type: 'checked', conversation, last: Math.max(last, target) });
  }

  /** What is refused is told no more: nothing depends on it. */
  async #mark(): Promise<void> {
    const upTo = readBy(this.#log, this.port.side);
    await this.#repeater.run(() => this.#api.read(upTo)).catch(() => undefined);
  }

  async #older(patience?: number): Promise<void> {
    const { floor } = this.#log;
    const after = Math.max(0, floor - WINDOW);
    if (floor > 0) this.dispatch({ type: 'older', items: await this.#repeater.run(() => this.#api.events(after, floor - after), patience) });
  }

  /** Waits for the outbox: what was said before the end comes before it. */
  async #sent(end: number): Promise<void> {
    const { env } = this.port;
    while (nextToSend(this.#log)) {
      if (env.now() >= end) throw new ChatError('timeout', 'A message is still on its way.');
      await new Promise<void>((resolve) => env.timer(resolve, 50));
      if (this.#repeater.signal.aborted) throw stopped();
    }
  }

  /** Stores what has changed of the messages that the server has not confirmed, each in its place. */
  #keep(before: readonly ChatMessage[], after: readonly ChatMessage[]): void {
    if (before === after) return;
    const gone = before.filter((one) => !after.includes(one));
    const come = after.filter((one) => !before.includes(one));
    if (gone.length + come.length === 0) return;
    this.port.store.changeOutbox(this.id, (outbox) => {
      for (const { key } of gone) if (!come.some((one) => one.key === key)) outbox.delete(key);
      for (const one of come) {
        if (one.delivery === 'sent') outbox.delete(one.key);
        else outbox.set(one.key, unsentOf(one));
      }
    });
  }

  #watchTyping(): void {
    this.#endTyping();
    if (this.#log.otherTyping) this.#endTyping = this.port.env.timer(() => this.dispatch({ type: 'typing', by: '', typing: false }), TYPING_ENDS);
  }

  #pending({ clientMessageId, content, metadata, at, error }: Unsent): ChatMessage {
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
      ...(error && { delivery: 'failed', error: new ChatError(error.code, error.message, error) }),
    });
  }

  #mustBeOpen(): void {
    if (this.#repeater.signal.aborted) throw stopped();
    if (this.#log.conversation?.status === 'CLOSED') throw new ChatError('gone', 'The chat has ended.');
  }
}

const unsentOf = ({ key, content, metadata, timestamp, error }: ChatMessage): Unsent => ({
  clientMessageId: key,
  content,
  metadata,
  at: timestamp,
  error: error && { code: error.code, status: error.status, message: error.message },
});
