import { locale } from '../strings';

/** How long somebody waits, in seconds. What is only nearly known of the server's clock does not make it less than nothing. */
export const waited = (since: string, now: number): number => Math.max(0, Math.floor((now - Date.parse(since)) / 1000));

const LONG = 2 * 60;
const TOO_LONG = 5 * 60;

export type WaitLevel = 'short' | 'long' | 'too-long';

export const waitLevel = (seconds: number): WaitLevel => (seconds >= TOO_LONG ? 'too-long' : seconds >= LONG ? 'long' : 'short');

const two = new Intl.NumberFormat(locale, { minimumIntegerDigits: 2 });
const one = new Intl.NumberFormat(locale, { useGrouping: false });

/** 3:12, and from an hour on 1:03:12. */
export function waitWords(seconds: number): string {
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return hours ? `${one.format(hours)}:${two.format(minutes)}:${two.format(rest)}` : `${one.format(minutes)}:${two.format(rest)}`;
}

/** As `<time>` wants it. */
export const waitDuration = (seconds: number): string => `PT${Math.floor(seconds / 60)}M${seconds % 60}S`;
