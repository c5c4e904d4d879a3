import { isField, writtenIn } from './focus';
import { isRecord, keep, kept } from './kept';
import { isComposing } from './keys';

const KEY = 'live-chat-console:writing';
/** In milliseconds, from when the open chats are there: a field that is not among them does not come. */
const PATIENCE = 2_000;

interface Writing {
  readonly id: string;
  readonly typed: string;
  /** Whether the next key is for it too. */
  readonly goesOn: boolean;
}

let writing: Writing | null = null;

/** Who was writing when the page was loaded anew writes on. Called before anything else listens to keys. */
export function writeOn(): void {
  const before = document.querySelector<HTMLTextAreaElement>('#before');
  const value = kept(KEY, 'sessionStorage');
  if (isRecord(value) && typeof value.id === 'string' && typeof value.typed === 'string') awaitField(value.id, value.typed + (before?.value ?? ''));
  before?.remove();
  keep(KEY, null, 'sessionStorage');
  addEventListener('pagehide', remember);
}

/** What is typed from now on is kept for the field of this conversation, which is not there yet, and is no command. */
export function awaitField(id: string, typed = ''): void {
  writing = { id, typed, goesOn: true };
  addEventListener('keydown', catchKey, true);
  addEventListener('pointerdown', giveUp, true);
}

/** For the field, or for what stands in its place: what was typed for it meanwhile, and whether its writer is still at it. */
export function takeUp(id: string): { readonly typed: string; readonly goesOn: boolean } | null {
  if (writing?.id !== id) return null;
  const taken = writing;
  forgetWriting();
  return taken;
}

/** The open chats are there. */
export function settle(): void {
  const id = writing?.id;
  setTimeout(() => writing?.id === id && giveUp(), PATIENCE);
}

export function forgetWriting(): void {
  giveUp();
  writing = null;
}

/** The next keys are not for the field. What was typed is, where it comes after all. */
function giveUp(): void {
  if (writing) writing = { ...writing, goesOn: false };
  removeEventListener('keydown', catchKey, true);
  removeEventListener('pointerdown', giveUp, true);
}

function remember(): void {
  const id = writtenIn(document.activeElement);
  keep(KEY, id === null ? writing : { id, typed: '' }, 'sessionStorage');
}

function catchKey(event: KeyboardEvent): void {
  if (!writing || isComposing(event) || isShortcut(event)) return;
  const { key, repeat } = event;
  if (isField(document.activeElement) || key === 'Tab' || key === 'Escape') return giveUp();
  const typed = typedWith(writing.typed, key);
  if (typed === null) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  // The key that has accepted the chat may be held a little longer.
  if (!repeat || writing.typed !== '') writing = { ...writing, typed };
}

/** Many keyboards have signs that are typed with both of these. */
const isShortcut = (event: KeyboardEvent): boolean => event.metaKey || ((event.ctrlKey || event.altKey) && !event.getModifierState('AltGraph'));

function typedWith(typed: string, key: string): string | null {
  if (key === 'Backspace') return [...typed].slice(0, -1).join('');
  return [...key].length === 1 ? typed + key : null;
}
