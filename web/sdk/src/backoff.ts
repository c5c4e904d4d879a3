/** In milliseconds. */
export const FIRST_WAIT = 500;
export const LONGEST_WAIT = 30_000;

/**
 * How long to wait before the next try: it doubles up to half a minute, is spread so that many clients do not come back at
 * the same moment, and is never below what the server asked for.
 * @param failures how many tries have failed before the last one: 0 at first
 * @param random from 0 up to 1
 * @param retryAfter what the server asked for, in milliseconds; 0 for nothing
 */
export function waitBefore(failures: number, random: number, retryAfter = 0): number {
  const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(failures, 16));
  return Math.max(retryAfter, wait * (0.5 + random));
}
