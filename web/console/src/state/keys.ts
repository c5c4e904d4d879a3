export type Command =
  | { readonly type: 'chat'; readonly index: number }
  | { readonly type: 'step'; readonly by: 1 | -1; readonly unread: boolean }
  | { readonly type: 'move'; readonly by: 1 | -1 }
  | { readonly type: 'queue' | 'accept' | 'close' | 'leave' | 'sound' | 'list' };

/** The part of a `KeyboardEvent` that counts. */
export interface Pressed {
  readonly key: string;
  readonly code: string;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly isComposing: boolean;
  readonly keyCode: number;
}

export interface Where {
  readonly inField: boolean;
  readonly inQueue: boolean;
  /** On something that Enter and the arrows already work on. */
  readonly onControl: boolean;
  readonly singleKeys: boolean;
}

/** Whether a key is the input method's. Safari ends a composition before the key that ends it, and says so by this code alone. */
export const isComposing = ({ isComposing, keyCode }: Pick<Pressed, 'isComposing' | 'keyCode'>): boolean => isComposing || keyCode === 229;

/** What a key means where it was pressed; `null`: it is none of ours. */
export function commandOf(pressed: Pressed, where: Where): Command | null {
  if (isComposing(pressed) || pressed.ctrlKey || pressed.metaKey) return null;
  if (pressed.altKey) return withAlt(pressed);
  if (pressed.key === 'Escape') return { type: 'leave' };
  if (where.inField) return null;
  return inQueue(pressed, where) ?? (where.singleKeys ? single(pressed) : null);
}

function withAlt({ key, code, shiftKey }: Pressed): Command | null {
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(code)?.[1];
  if (digit) return { type: 'chat', index: Number(digit) - 1 };
  if (key === 'ArrowUp' || key === 'ArrowDown') return { type: 'step', by: key === 'ArrowDown' ? 1 : -1, unread: shiftKey };
  const letter = letterOf(key, code);
  if (letter === 'q') return { type: 'queue' };
  return letter === 'x' ? { type: 'close' } : null;
}

/** With Alt, some keyboards give another sign than the letter on the key. */
const letterOf = (key: string, code: string): string => (/^[a-z]$/i.test(key) ? key : code.replace(/^Key/, '')).toLowerCase();

function inQueue({ key }: Pressed, { inQueue, onControl }: Where): Command | null {
  if (!inQueue) return null;
  if (key === 'ArrowDown' || key === 'ArrowUp') return { type: 'move', by: key === 'ArrowDown' ? 1 : -1 };
  return key === 'Enter' && !onControl ? { type: 'accept' } : null;
}

function single({ key }: Pressed): Command | null {
  switch (key.toLowerCase()) {
    case 'j':
      return { type: 'move', by: 1 };
    case 'k':
      return { type: 'move', by: -1 };
    case 'a':
      return { type: 'accept' };
    case 'q':
      return { type: 'queue' };
    case 'm':
      return { type: 'sound' };
    case '?':
      return { type: 'list' };
    default:
      return null;
  }
}
