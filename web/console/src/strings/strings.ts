import type { en } from './en';
import type { Plural } from './plural';

type Texts<T> = { readonly [K in keyof T]: T[K] extends Plural ? Plural : T[K] extends string ? string : Texts<T[K]> };

/** All that a language must say: one that is missing does not compile. */
export type Strings = Texts<typeof en>;
