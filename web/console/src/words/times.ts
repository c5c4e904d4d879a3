import { locale } from '../strings';

const time = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' });
const full = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
const date = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });

export const clock = (timestamp: string): string => time.format(new Date(timestamp));
export const fullTime = (timestamp: string): string => full.format(new Date(timestamp));

/** Which day it is where the page is read. */
export function dayOf(timestamp: string | number): number {
  const at = new Date(timestamp);
  return Math.round(Date.UTC(at.getFullYear(), at.getMonth(), at.getDate()) / 86_400_000);
}

/** "today", "yesterday", else the date. */
export function dayWords(timestamp: string, now: number): string {
  const days = dayOf(timestamp) - dayOf(now);
  return days > -2 && days < 1 ? relative.format(days, 'day') : date.format(new Date(timestamp));
}
