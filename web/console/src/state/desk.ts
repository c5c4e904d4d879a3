import { AgentChat, storageKey, type AgentConversation, type ChatMessage } from '@customer-live-chat/sdk';
import { t } from '../strings';
import { sentence, type Sentence } from '../words/fill';
import { customerName, namesTogether } from '../words/names';
import { acceptRefused, reasonOf } from '../words/refused';
import { ClosedChats } from './closed-chats';
import type { Config } from './config';
import { DraftBook } from './drafts';
import { focusChat, focusQueue, isField, isLookedAt } from './focus';
import { Held, nameOf } from './held';
import { MarkBook } from './marks';
import { NoteBook } from './notes';
import type { SignedIn } from './session';
import { Store } from './store';
import { emptyView, withOne, withoutOne, type OpenDialog } from './view';
import { awaitField, takeUp } from './writing';

/** The desk of the agent who is signed in: what the server knows by `chat`, and beside it what is of this page alone. */
export class Desk {
  readonly chat: AgentChat;
  readonly drafts: DraftBook;
  readonly notes: NoteBook;
  readonly marks: MarkBook;
  readonly view = new Store(emptyView);
  readonly #closed: ClosedChats;
  readonly #end: (() => void)[];
  readonly #held = new Held();
  readonly #left: string[] = [];

  /** @param refused the server did not let the agent in at all */
  constructor(
    config: Config,
    private who: SignedIn,
    private readonly refused: (error: unknown) => void,
  ) {
    this.notes = new NoteBook(who.agentId);
    this.marks = new MarkBook(who.agentId);
    this.#closed = new ClosedChats(who.agentId, storageKey(config.rest, who.agentId));
    this.chat = new AgentChat({
      rest: config.rest,
      gateway: config.gateway,
      agentId: who.agentId,
      storage: this.#closed,
      ...(who.displayName && { displayName: who.displayName }),
      ...(config.authentication && { token: () => this.who.token ?? '' }),
    });
    this.drafts = new DraftBook(who.agentId);
    const look = (): void => this.notes.look(this.chat.state, Date.now());
    // Somebody who was away when the connection came back is back once nothing else was said for a while.
    const timer = setInterval(look, 1_000);
    this.#end = [
      this.chat.subscribe(() => this.#changed()),
      this.chat.subscribe(look),
      () => clearInterval(timer),
      this.#closed.onRemoved((id) => {
        this.#closed.remove(id);
        this.conversation(id)?.dismiss();
      }),
    ];
  }

  start(): void {
    this.chat.start().catch((error: unknown) => {
      if (!this.chat.state.agent) this.refused(error);
    });
  }

  stop(): void {
    for (const end of this.#end) end();
    this.drafts.stop();
    this.chat.stop();
  }

  /** Nothing of this agent stays in the browser. */
  forget(): void {
    this.stop();
    for (const book of [this.drafts, this.notes, this.marks, this.#closed]) book.forget();
  }

  /** The customers to whom something was written that is not sent yet, here, in another window or on an earlier page. */
  unsent(): readonly string[] {
    const here = this.chat.state.conversations.filter(({ state }) => state.messages.some(({ delivery }) => delivery !== 'sent')).map(({ id }) => id);
    return [...new Set([...here, ...this.#closed.outboxes()])].flatMap((id) => {
      const conversation = this.conversation(id);
      // To one that has ended nothing can be sent any more.
      if (conversation?.state.closed) return [];
      return [conversation ? nameOf(conversation) : customerName(id, null)];
    });
  }

  /** Not signed out after all: back to what was asked before, if anything was. */
  stay(): void {
    this.show(null);
    this.#changed();
  }

  /** Goes on with another token, where the last one is over. */
  renew(token: string): void {
    this.who = { ...this.who, token };
    this.show(null);
    this.start();
  }

  /** By the server's clock, as all times that it tells. */
  time(here = Date.now()): number {
    return here + this.chat.state.clockOffset;
  }

  conversation(id: string | null): AgentConversation | undefined {
    return this.chat.state.conversations.find((one) => one.id === id);
  }

  alert(alert: Sentence | null): void {
    this.view.update((view) => ({ ...view, alert }));
  }

  show(dialog: OpenDialog | null): void {
    this.view.update((view) => ({ ...view, dialog }));
  }

  /** Goes to a chat. */
  go(id: string): void {
    this.focused(id);
    focusChat(id);
  }

  goToQueue(): void {
    this.view.update((view) => ({ ...view, place: 'queue' }));
    focusQueue();
  }

  /** The focus is in this chat. */
  focused(id: string): void {
    const { current, place } = this.view.value;
    if (current !== id || place !== 'chats') this.view.update((view) => ({ ...view, current: id, place: 'chats' }));
  }

  async accept(id: string, name: string): Promise<void> {
    if (this.view.value.accepting.has(id)) return;
    this.view.update((view) => ({ ...view, alert: null, accepting: withOne(view.accepting, id) }));
    // Whoever has begun to write elsewhere goes on there.
    if (!isField(document.activeElement)) awaitField(id);
    try {
      await this.chat.accept(id);
      if (!isField(document.activeElement)) this.go(id);
    } catch (error) {
      takeUp(id);
      this.alert(acceptRefused(error, name, this.chat.state.maxConcurrent));
    } finally {
      this.view.update((view) => ({ ...view, accepting: withoutOne(view.accepting, id) }));
    }
  }

  /** The draft ends where the SDK has taken it over, which keeps it in the same storage until it has arrived. */
  send(conversation: AgentConversation, text: string): boolean {
    return this.#try(t.refused.send, () => {
      conversation.send(text);
      this.drafts.clear(conversation.id);
      this.marks.clear(conversation.id);
    });
  }

  retry(conversation: AgentConversation, message: ChatMessage): void {
    this.#try(t.refused.send, () => conversation.retry(message));
  }

  async close(id: string, reason: string): Promise<void> {
    const conversation = this.conversation(id);
    if (!conversation) return;
    this.view.update((view) => ({ ...view, dialog: null, alert: null, closing: withOne(view.closing, id) }));
    try {
      await conversation.close(reason.trim() || undefined);
      if (!isField(document.activeElement) || isLookedAt(id)) focusChat(id);
    } catch (error) {
      this.alert(sentence(t.refused.close, { name: nameOf(conversation), reason: reasonOf(error) }));
    } finally {
      this.view.update((view) => ({ ...view, closing: withoutOne(view.closing, id) }));
    }
  }

  /** Takes a closed chat off, and goes to its neighbour. */
  dismiss(conversation: AgentConversation): void {
    const { conversations } = this.chat.state;
    const index = conversations.indexOf(conversation);
    const neighbour = conversations[index + 1] ?? conversations[index - 1];
    this.drafts.clear(conversation.id);
    this.#closed.remove(conversation.id);
    conversation.dismiss();
    if (neighbour) this.go(neighbour.id);
    else this.goToQueue();
  }

  async older(conversation: AgentConversation): Promise<void> {
    try {
      await conversation.loadOlder();
    } catch (error) {
      this.alert(sentence(t.refused.older, { reason: reasonOf(error) }));
    }
  }

  #try(template: string, run: () => void): boolean {
    try {
      run();
      return true;
    } catch (error) {
      this.alert(sentence(template, { reason: reasonOf(error) }));
      return false;
    }
  }

  #changed(): void {
    const { conversations, error, agent } = this.chat.state;
    const asked = this.view.value.dialog?.kind;
    if (error && agent && asked !== 'token' && asked !== 'sign-out') this.#cutOff(error);
    for (const name of this.#held.look(conversations)) this.#tellLeft(name);
    for (const { id, state } of conversations) if (state.closed) this.#closed.add(id);
    this.marks.look(conversations);
  }

  /** Several that leave one after the other are told together. */
  #tellLeft(name: string): void {
    if (this.view.value.alert?.template !== t.refused.left) this.#left.length = 0;
    this.#left.push(name);
    this.alert(sentence(t.refused.left, { name: namesTogether(this.#left) }));
  }

  #cutOff(error: Error & { readonly code: string }): void {
    if (error.code === 'unauthenticated' || error.code === 'forbidden') this.show({ kind: 'token' });
    else this.alert(sentence(t.refused.signedOut, { reason: error.message }));
  }
}
