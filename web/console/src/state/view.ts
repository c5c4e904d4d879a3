import type { Sentence } from '../words/fill';

export type OpenDialog = { readonly kind: 'keys' } | { readonly kind: 'close'; readonly id: string } | { readonly kind: 'token' } | { readonly kind: 'sign-out' };

/** What is shown of the desk, and how: all of it that the server does not know. */
export interface View {
  /** The chat that has the focus, or had it last. */
  readonly current: string | null;
  /** Where there is room for one of them. */
  readonly place: 'queue' | 'chats';
  readonly alert: Sentence | null;
  readonly dialog: OpenDialog | null;
  /** Being accepted, and being closed, just now. */
  readonly accepting: ReadonlySet<string>;
  readonly closing: ReadonlySet<string>;
}

export const emptyView: View = { current: null, place: 'queue', alert: null, dialog: null, accepting: new Set(), closing: new Set() };

export const withOne = (all: ReadonlySet<string>, id: string): ReadonlySet<string> => new Set([...all, id]);
export const withoutOne = (all: ReadonlySet<string>, id: string): ReadonlySet<string> => new Set([...all].filter((one) => one !== id));
