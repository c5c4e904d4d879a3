/** One text for each form of a count that the language has; `other` is for the rest. */
export type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string };
