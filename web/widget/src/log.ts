import type { ChatMessage, CustomerState, Entry, SystemEvent } from '@customer-live-chat/sdk';
import type { Context } from './context';
import { h, setText, show, withLinks } from './dom';
import { named } from './words';

/** So near to the end a new message moves the log along. */
const NEAR = 40;

export interface Log {
  readonly element: HTMLElement;
  /** @returns how many messages of the other side are new below what is seen, or null where the end is seen */
  render(state: CustomerState): void;
  readonly isAtEnd: boolean;
  toEnd(): void;
  clear(): void;
}

interface Row {
  readonly element: HTMLElement;
  entry: Entry;
  update?(message: ChatMessage, isRead: boolean): void;
}

/** The messages, and what happened between them. A row is made once and never made anew, so that a screen reader says each one once. */
export function createLog(context: Context, onRetry: (message: ChatMessage) => void, onOlder: () => Promise<unknown>, onScroll: () => void): Log {
  const { options, strings } = context;
  const rows = new Map<string, Row>();
  const clock = new Intl.DateTimeFormat(options.language, { timeStyle: 'short' });
  const day = new Intl.DateTimeFormat(options.language, { dateStyle: 'medium', timeStyle: 'short' });
  const element = h('div', { class: 'log', role: 'log', 'aria-label': strings.conversation, tabindex: 0, onscroll: scrolled });
  let hasMore = false;
  let isLoading = false;
  let canSend = true;
  /** Whoever has scrolled to the end stays there, whatever comes, and whatever grows and shrinks below the log. */
  let stays = true;
  let height = 0;
  new ResizeObserver(() => {
    height = element.clientHeight;
    if (stays) toEnd();
  }).observe(element);

  const isAtEnd = (): boolean => element.scrollHeight - element.scrollTop - element.clientHeight <= NEAR;

  function toEnd(): void {
    stays = true;
    element.scrollTop = element.scrollHeight;
  }

  function scrolled(): void {
    // A scroll may be told of after the log has shrunk, and before its new height is.
    stays = element.scrollHeight - element.scrollTop - Math.max(height, element.clientHeight) <= NEAR;
    onScroll();
    if (!hasMore || isLoading || element.scrollTop > NEAR) return;

    // What is old is not news: it is not to be read out.
    isLoading = true;
    element.ariaLive = 'off';
    void onOlder().finally(() => {
      isLoading = false;
      setTimeout(() => (element.ariaLive = 'polite'), 100);
    });
  }

  function setTime(time: HTMLTimeElement, timestamp: string): void {
    if (time.dateTime === timestamp) return;
    const at = new Date(timestamp);
    const isToday = at.toDateString() === new Date().toDateString();
    time.dateTime = timestamp;
    setText(time, (isToday ? clock : day).format(at));
  }

  function messageRow(entry: Entry & { kind: 'message' }): Row {
    const { message } = entry;
    const author = message.own ? strings.you : (message.sender.displayName ?? strings.agent);
    const time = h('time', { 'aria-live': 'off' });
    const state = h('span', { 'aria-live': 'off' });
    const retry = h('button', { type: 'button', hidden: true }, strings.tryAgain);
    const element = h(
      'article',
      { class: message.own ? 'own' : '' },
      h('div', { class: 'author' }, h('bdi', {}, author)),
      h('div', { class: 'bubble', dir: 'auto' }, ...(message.content ? withLinks(message.content) : [strings.erased])),
      h('div', { class: 'meta' }, time, state, retry),
    );
    const row: Row = {
      element,
      entry,
      update({ own, delivery, timestamp }, isRead) {
        // The server's, once it has the message: this machine's clock may be wrong.
        setTime(time, timestamp);
        if (!own) return;
        const word = { sending: strings.sending, sent: strings.sent, failed: strings.notSent }[delivery];
        setText(state, isRead && delivery === 'sent' ? `${word} · ${strings.read}` : word);
        state.classList.toggle('failed', delivery === 'failed');
        if (delivery === 'failed') state.ariaLive = 'polite';
        show(retry, delivery === 'failed' && canSend);
      },
    };
    retry.addEventListener('click', () => {
      if (row.entry.kind === 'message') onRetry(row.entry.message);
    });
    return row;
  }

  /** What a visitor is told of; null where it is nothing to a visitor. */
  function lineOf(event: SystemEvent): string | null {
    const name = event.participant?.displayName ?? strings.agent;
    if (event.type === 'CONVERSATION_ASSIGNED') return named(strings.joined, name);
    return event.type === 'CONVERSATION_REQUEUED' ? strings.requeued : null;
  }

  function rowOf(entry: Entry): Row | null {
    if (entry.kind === 'message') return messageRow(entry);
    const line = lineOf(entry.event);
    return line === null ? null : { element: h('div', { class: 'line', dir: 'auto' }, line), entry };
  }

  return {
    element,
    get isAtEnd() {
      return isAtEnd();
    },
    toEnd,
    clear() {
      rows.clear();
      element.replaceChildren();
    },
    render(state) {
      hasMore = state.hasMore;
      canSend = state.status !== 'CLOSED';
      const [heightBefore, topBefore] = [element.scrollHeight, element.scrollTop];
      const first = element.firstElementChild;
      const keys = new Set(state.entries.map((entry) => entry.key));
      for (const [key, { element: gone }] of rows) {
        if (keys.has(key)) continue;
        gone.remove();
        rows.delete(key);
      }

      // From the end, each row before the one that follows it: what is in its place already is not touched.
      let next: Element | null = null;
      for (const entry of [...state.entries].reverse()) {
        let row = rows.get(entry.key);
        if (!row) {
          const made = rowOf(entry);
          if (!made) continue;
          rows.set(entry.key, (row = made));
        }
        row.entry = entry;
        if (entry.kind === 'message') row.update?.(entry.message, (entry.sequence ?? Infinity) <= state.readByAgent);
        if (row.element.parentNode !== element || row.element.nextElementSibling !== next) element.insertBefore(row.element, next);
        next = row.element;
      }

      if (stays) toEnd();
      else if (first && element.firstElementChild !== first) element.scrollTop = topBefore + element.scrollHeight - heightBefore;
    },
  };
}
