import { ChatError, CustomerChat, type CustomerState } from '@customer-live-chat/sdk';
import { watchAttention } from './attention';
import { createComposer } from './composer';
import type { Context, Panel } from './context';
import { h, icon, setText, show } from './dom';
import { Draft } from './draft';
import { gatewayOf } from './gateway';
import { style } from './host';
import { createLog } from './log';
import { Modality } from './modal';
import type { Identity } from './options';
import css from './panel.css?inline';
import { askToEnd } from './question';
import { forgetStored, kept, whoKey } from './stored';
import { createStartForm } from './start-form';
import { endOf, presenceOf, statusOf, typingOf } from './status';

/** A start that takes longer, in milliseconds, is said to have no connection yet. */
const SLOW = 5_000;

/** The chat, opened by the launcher. */
export function createPanel(context: Context, given: Identity): Panel {
  const { options, strings, root, host, launcher, listeners } = context;
  const draft = new Draft(options.rest);
  let identity = given;
  let chat: CustomerChat | undefined;
  let unsubscribe: (() => void) | undefined;
  let shown: CustomerState | undefined;
  let told = { unread: 0, newest: 0, begun: '', open: '' };
  let below = 0;
  let isBeginning = false;
  let gateway: Promise<string> | undefined;
  /** Of all that waits for the gateway: what was meant for the visitor before is not done for the next. */
  let end = new AbortController();

  // What is seen.
  style(root, css);
  const presence = h('p');
  const endButton = h('button', { type: 'button', hidden: true, onclick: () => askToEnd(context, panel, [head, status, body], () => void endChat()) }, strings.end);
  const shut = h('button', { type: 'button', 'aria-label': strings.close, onclick: () => close() }, icon('M6 6l12 12M18 6L6 18'));
  const head = h('div', { class: 'head' }, h('div', {}, h('h2', {}, options.title ?? strings.dialog), presence), endButton, shut);
  const status = h('div', { class: 'status', role: 'status', dir: 'auto' });
  const form = createStartForm(context, (name, contact) => void begin(name, contact));
  const log = createLog(context, (message) => chat?.retry(message), async () => chat?.loadOlder().catch(() => undefined), scrolled);
  const typing = h('div', { class: 'typing', dir: 'auto' });
  const composer = createComposer(context, { send, input: typed, toEnd: () => log.toEnd() });
  const ended = h('p', { role: 'status', dir: 'auto' });
  const again = h('button', { class: 'primary', type: 'button', onclick: () => startAnew() }, strings.startNew);
  const over = h('div', { class: 'ended' }, ended, again);
  const talk = h('div', { class: 'body' }, log.element, typing, composer.element, over);
  const body = h('div', { class: 'body' }, form.element, talk);
  const panel = h('div', { class: 'panel', id: 'chat', role: 'dialog', 'aria-label': strings.dialog, hidden: true, onkeydown: pressed }, head, status, body);
  root.prepend(panel);
  launcher.button.setAttribute('aria-controls', 'chat');
  const modality = new Modality(host, panel, launcher.button);
  const isAttentive = watchAttention(root, panel, () => shown && attend(shown));
  form.fill(identity);
  render();

  return { open, close, identify, reset, bodyChanged: () => modality.set(!panel.hidden), resume: () => void resume() };

  function open(): void {
    if (!panel.hidden) return;
    panel.hidden = false;
    launcher.setExpanded(true);
    modality.set(true);
    log.toEnd();
    focusIn();
    listeners.emit('open');
  }

  function focusIn(): void {
    if (!shown?.status) form.focus();
    else if (shown.status === 'CLOSED' || shown.error) again.focus();
    else composer.focus();
  }

  function close(): void {
    if (panel.hidden) return;
    modality.set(false);
    panel.hidden = true;
    launcher.setExpanded(false);
    launcher.button.focus();
    listeners.emit('close');
  }

  function pressed(event: Event): void {
    if ((event as KeyboardEvent).key === 'Escape') close();
  }

  function identify(said: Identity): void {
    // What was begun without a name goes on; what is another person's does not.
    if (said.id !== undefined && who() !== null && who() !== said.id) reset();
    identity = said;
    form.fill(said);
    if (chat && shown?.status && shown.status !== 'CLOSED' && (said.name ?? said.contact) !== undefined)
      void chat.start({ displayName: said.name ?? null, contact: said.contact ?? null }).catch(() => undefined);
  }

  function reset(): void {
    end.abort();
    end = new AbortController();
    gateway = undefined;
    chat?.reset();
    forgetStored(options.rest);
    draft.forget();
    identity = {};
    form.clear();
    forgetShown();
    close();
  }

  function forgetShown(): void {
    log.clear();
    composer.text = '';
    told = { unread: 0, newest: 0, begun: '', open: '' };
    below = 0;
  }

  /** Made when it is first needed: the gateway may have to be asked for. */
  async function useChat(isAnew = false): Promise<CustomerChat> {
    const { signal } = end;
    const known = options.gateway ?? (await (gateway ??= gatewayOf(options.rest, signal)));
    signal.throwIfAborted();
    if (!chat) {
      chat = new CustomerChat({
        rest: options.rest,
        gateway: known,
        ...(isAnew || who() !== null ? ofIdentity() : {}),
      });
      unsubscribe = chat.subscribe(render);
    }
    return chat;
  }

  function ofIdentity(): { fingerprint?: string; identityHash?: string } {
    return { ...(identity.id !== undefined && { fingerprint: identity.id }), ...(identity.hash !== undefined && { identityHash: identity.hash }) };
  }

  /** Whom the website has said that the stored conversation is of. */
  function who(): string | null {
    return kept(() => localStorage.getItem(whoKey(options.rest)));
  }

  function setWho(id: string | undefined): void {
    kept(() => (id === undefined ? localStorage.removeItem(whoKey(options.rest)) : localStorage.setItem(whoKey(options.rest), id)));
  }

  function dropChat(): void {
    unsubscribe?.();
    chat?.stop();
    chat = shown = undefined;
    forgetShown();
    render();
  }

  async function begin(name: string, contact: string): Promise<void> {
    const { signal } = end;
    isBeginning = true;
    form.setNote('');
    const slow = setTimeout(() => form.setNote(strings.reconnecting), SLOW);
    try {
      // With the id that the website gives now, which may be another than at the last chat.
      dropChat();
      setWho(identity.id);
      const conversation = await (await useChat(true)).start({
        displayName: name || identity.name || null,
        contact: contact || identity.contact || null,
        metadata: { page: location.origin + location.pathname },
      });
      listeners.emit('start', { conversationId: conversation.id });
      composer.focus();
    } catch (error) {
      if (signal.aborted || (error instanceof ChatError && error.code === 'stopped')) return;
      form.setNote(strings.startFailed);
      console.error(error);
    } finally {
      clearTimeout(slow);
      isBeginning = false;
      render();
    }
  }

  async function resume(): Promise<void> {
    const used = await useChat().catch(() => null);
    if (!used) return;
    const isThere = await used.resume().catch(() => false);
    // Forgotten in another tab, or left behind in this one.
    if (isThere ? shown?.status === 'CLOSED' && draft.isLeft(shown.conversation?.id ?? '') : shown?.status) dropChat();
  }

  async function endChat(): Promise<void> {
    composer.setNote('');
    try {
      await chat?.close();
    } catch (error) {
      // Stopped, it is no longer shown.
      if (error instanceof ChatError && error.code !== 'stopped') composer.setNote(strings.endFailed);
    }
  }

  function startAnew(): void {
    draft.leave(shown?.conversation?.id ?? '');
    dropChat();
    form.focus();
  }

  function send(text: string): boolean {
    try {
      chat?.send(text);
      log.toEnd();
      return true;
    } catch {
      // It has ended meanwhile: what was typed stays to be seen.
      return false;
    }
  }

  function typed(text: string): void {
    if (!shown?.conversation) return;
    draft.write(text);
    chat?.typing(text);
  }

  function scrolled(): void {
    if (log.isAtEnd) {
      below = 0;
      composer.setNew(0);
    }
  }

  function render(): void {
    const state = (shown = chat?.state);
    // Before anything is hidden: a browser takes the focus from what is.
    const focused = root.activeElement;
    const conversationStatus = state?.status ?? null;
    const hasBegun = conversationStatus !== null;
    show(form.element, !hasBegun);
    form.setBusy(isBeginning || state?.connection === 'connecting');
    show(talk, hasBegun);
    show(endButton, hasBegun && conversationStatus !== 'CLOSED' && !state?.error);
    setText(status, state ? statusOf(context, state) : '');
    setText(presence, state ? presenceOf(context, state) : '');
    if (!hasBegun || !state) {
      // Also when another tab has forgotten it.
      if (told.begun) forgetShown();
      launcher.setUnread(0);
      return;
    }

    const id = state.conversation?.id ?? '';
    if (told.begun !== id) {
      told = { ...told, begun: id, newest: -1 };
      below = 0;
      composer.setNew(0);
      // Also what was typed in one that is over: nothing typed is lost.
      composer.text = draft.text;
    }

    const isClosed = state.status === 'CLOSED';
    // Refused for good is as good as over: the way on is another chat.
    const isOver = isClosed || state.error !== undefined;
    const atEnd = log.isAtEnd;
    log.render(state);
    setText(typing, typingOf(context, state));
    composer.end(isOver);
    show(over, isOver);
    announce(state, atEnd);
    setText(ended, isClosed ? endOf(strings, state) : '');
    // One that had ended before this page was loaded is no news.
    if (isClosed && told.open === id) listeners.emit('end', { conversationId: id, by: state.closed?.by ?? null, reason: state.closed?.reason ?? null });
    told = { ...told, open: isClosed ? '' : id };
    // What had the focus is gone: it goes to what there is to do next.
    if (focused && panel.contains(focused) && !focused.getClientRects().length) focusIn();
    attend(state);
  }

  /** Tells the website of what the other side has said since this page has known the conversation. */
  function announce(state: CustomerState, wasAtEnd: boolean): void {
    const newest = state.conversation?.lastSequence ?? 0;
    const since = told.newest < 0 ? newest : told.newest;
    for (const message of state.messages) {
      if (message.own || message.sequence === null || message.sequence <= since) continue;
      listeners.emit('message', message);
      if (!wasAtEnd && !panel.hidden) composer.setNew(++below);
    }
    told = { ...told, newest: Math.max(since, ...state.messages.map((message) => message.sequence ?? 0)) };
  }

  function attend(state: CustomerState): void {
    const last = state.messages.findLast((message) => !message.own && message.sequence !== null)?.sequence;
    const isSeen = isAttentive() && !talk.hidden && log.isAtEnd;
    if (isSeen && last && state.unread > 0) chat?.read(last);
    const unread = isSeen ? 0 : state.unread;
    launcher.setUnread(unread);
    if (unread !== told.unread) {
      told = { ...told, unread };
      listeners.emit('unread', unread);
    }
  }
}
