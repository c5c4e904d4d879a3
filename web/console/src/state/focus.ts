export const chatId = (id: string): string => `chat-${id}`;
export const messageId = (id: string): string => `message-${id}`;
/** Whose Message this is; `null` where it is none. */
export const writtenIn = (element: Element | null): string | null => /^message-(.*)$/.exec(element?.id ?? '')?.[1] ?? null;
export const logId = (id: string): string => `log-${id}`;
export const dismissId = (id: string): string => `dismiss-${id}`;
export const QUEUE = 'queue';

const focus = (...ids: string[]): void => {
  for (const id of ids) {
    const element = document.getElementById(id);
    if (!element) continue;
    element.focus();
    if (document.activeElement === element) return;
  }
};

/** After what is being rendered now, which is done before any other event: no key may fall in between. */
const later = (run: () => void): void => queueMicrotask(run);

/** To where one writes, else to where one dismisses it. */
export const focusChat = (id: string): void => later(() => focus(messageId(id), dismissId(id), chatId(id)));
export const focusLog = (id: string): void => focus(logId(id));

/** To the marked entry, else to the queue itself. */
export const focusQueue = (): void =>
  later(() => {
    const accept = document.querySelector<HTMLElement>(`#${QUEUE} [data-accept][tabindex="0"]`);
    if (accept) accept.focus();
    else focus(QUEUE);
  });

export function isField(element: Element | null): boolean {
  if (element instanceof HTMLTextAreaElement) return true;
  return element instanceof HTMLInputElement && !['checkbox', 'button', 'submit'].includes(element.type);
}

/** Whether the agent is looking at this chat now. */
export function isLookedAt(id: string): boolean {
  return document.visibilityState === 'visible' && document.hasFocus() && document.getElementById(chatId(id))?.contains(document.activeElement) === true;
}
