import { locale, t } from '../strings';

/** A name that a person gave, else "Visitor" and the beginning of the id. */
export const customerName = (id: string, displayName: string | null | undefined): string =>
  displayName?.trim() ? displayName.trim() : `${t.visitor} ${id.slice(0, 4)}`;

export const agentName = (agent: { readonly id: string; readonly displayName: string | null }): string => agent.displayName?.trim() || agent.id;

const list = new Intl.ListFormat(locale, { type: 'conjunction' });

/** "A, B and C", as the language does it. */
export const namesTogether = (names: readonly string[]): string => list.format(names);
