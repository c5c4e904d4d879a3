import type { Entry } from '@customer-live-chat/sdk';

/** So many entries are in the page at most, while the end of the log is looked at. */
const MOST = 200;
/** So many go at once, and so many come back at once where somebody looks for them. */
export const STEP = 100;

/**
 * Where the shown part of a log begins. It loses its beginning only while the end is looked at, where nothing moves by it, and several at a time: to
 * take one off for each that comes would cost as much as it saves.
 * @param first the key of the entry that it began with; `null`: with all of them
 */
export function shownFrom(entries: readonly Entry[], first: string | null, isAtEnd: boolean): number {
  const from = first === null ? 0 : Math.max(0, entries.findIndex(({ key }) => key === first));
  return isAtEnd && entries.length - from > MOST ? entries.length - MOST + STEP : from;
}
