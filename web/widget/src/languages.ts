import { launcher as ar } from './strings/ar';
import { launcher as de } from './strings/de';
import { launcher as en } from './strings/en';
import { launcher as es } from './strings/es';

/** What the launcher says, of every language; what the panel says is loaded of one. */
export const launchers = { en, de, es, ar };

export type Language = keyof typeof launchers;

/** The first of the wishes that there is, by its main language; else English. */
export function languageOf(...wishes: readonly (string | null | undefined)[]): Language {
  for (const wish of wishes) {
    const main = wish?.toLowerCase().split(/[-_]/)[0] ?? '';
    if (Object.hasOwn(launchers, main)) return main as Language;
  }
  return 'en';
}
