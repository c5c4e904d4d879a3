import { locale } from '../strings';
import type { Plural } from '../strings/plural';

export type Values = Readonly<Record<string, string | number>>;

/** A text of `strings` with its values: what a person wrote stays apart, so that it can be isolated where it is shown. */
export interface Sentence {
  readonly template: string;
  readonly values: Values;
}

export const sentence = (template: string, values: Values = {}): Sentence => ({ template, values });

export const fill = (template: string, values: Values): string => parts({ template, values }).map(({ text }) => text).join('');

/** Pieces in order; `isValue` where the piece was filled in. */
export function parts({ template, values }: Sentence): { readonly text: string; readonly isValue: boolean }[] {
  return template
    .split(/(\{\w+\})/)
    .filter((text) => text !== '')
    .map((text) => {
      const name = /^\{(\w+)\}$/.exec(text)?.[1];
      const value = name === undefined ? undefined : values[name];
      return value === undefined ? { text, isValue: false } : { text: show(value), isValue: true };
    });
}

const numbers = new Intl.NumberFormat(locale);
const rules = new Intl.PluralRules(locale);

const show = (value: string | number): string => (typeof value === 'number' ? numbers.format(value) : value);

/** The form for a count, by the language's own rules. */
export const counted = (forms: Plural, count: number): string => forms[rules.select(count)] ?? forms.other;

export const fillCount = (forms: Plural, count: number, values: Values = {}): string => fill(counted(forms, count), { count, ...values });
