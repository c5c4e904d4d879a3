import { isField, writtenIn } from './focus';
import { keep, kept } from './kept';

const KEY = 'live-chat-console:writing';
/** A page that needs longer to be there again has lost its writer. */
const PATIENCE = 10_000;

let waiting: { readonly id: string; typed: string } | null = null;

/**
 * Who was writing when the page was loaded anew writes on: what is typed before the field is there is kept for it, and is no command. Called before
 * anything else listens to keys.
 */
export function awaitField(): void {
  const id = kept(KEY, 'sessionStorage');
  if (typeof id === 'string') waiting = { id, typed: '' };
  addEventListener('pagehide', remember);
  if (!waiting) return;

  addEventListener('keydown', catchKey, true);
  addEventListener('pointerdown', giveUp, true);
  setTimeout(giveUp, PATIENCE);
}

/** For the field of this conversation, once it is there: what was typed for it meanwhile; `null` where nobody was writing in it. */
export function takeUp(id: string): string | null {
  if (waiting?.id !== id) return null;
  const { typed } = waiting;
  giveUp();
  return typed;
}

function remember(): void {
  keep(KEY, writtenIn(document.activeElement), 'sessionStorage');
}

function catchKey(event: KeyboardEvent): void {
  if (!waiting || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isField(document.activeElement)) return giveUp();
  if (event.key === 'Backspace') waiting.typed = waiting.typed.slice(0, -1);
  else if (event.key.length === 1) waiting.typed += event.key;
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

function giveUp(): void {
  waiting = null;
  removeEventListener('keydown', catchKey, true);
  removeEventListener('pointerdown', giveUp, true);
}
