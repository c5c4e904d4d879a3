import type { Plural } from './strings/types';

/** Whether the language is written from right to left. */
export const isRightToLeft = (language: string): boolean => /^(ar|fa|he|ur)\b/.test(language);

/** The form that fits the number, with the number in it as the language writes it. */
export function counted(language: string, forms: Plural, count: number, type: 'cardinal' | 'ordinal' = 'cardinal'): string {
  const form = forms[new Intl.PluralRules(language, { type }).select(count)] ?? forms.other;
  return form.replace('#', new Intl.NumberFormat(language).format(count));
}

export const named = (sentence: string, name: string): string => sentence.split('{name}').join(name);

/** Two pieces of a sentence, with the comma of the language between. */
export const joined = (language: string, one: string, other: string): string => one + (language === 'ar' ? '، ' : ', ') + other;
