import { ar } from './ar';
import { de } from './de';
import { en } from './en';
import { es } from './es';
import type { Strings } from './strings';

export const languages: Readonly<Record<string, Strings>> = { en, de, es, ar };

/** The first wanted one that there is: `?lang=` before what the browser wants. As a locale, so that numbers and times follow the region. */
export function chooseLocale(search: string, wanted: readonly string[]): string {
  const asked = new URLSearchParams(search).get('lang');
  const has = (locale: string): boolean => languageOf(locale) in languages && Intl.DateTimeFormat.supportedLocalesOf(locale).length > 0;
  return [...(asked ? [asked] : []), ...wanted].find((locale) => isLocale(locale) && has(locale)) ?? 'en';
}

const languageOf = (locale: string): string => locale.split('-', 1)[0]?.toLowerCase() ?? '';

const isLocale = (locale: string): boolean => /^[a-z]{2,3}(-[a-z0-9]+)*$/i.test(locale);

export const locale = chooseLocale(globalThis.location?.search ?? '', globalThis.navigator?.languages ?? []);
export const language = languageOf(locale);
export const direction = language === 'ar' ? 'rtl' : 'ltr';
export const t: Strings = languages[language] ?? en;
