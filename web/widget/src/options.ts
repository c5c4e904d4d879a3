import { languageOf, type Language } from './languages';

/** Whom the website says that the visitor is. */
export interface Identity {
  readonly id?: string | undefined;
  /** The lower-case hex HMAC-SHA256 of the id, made by the website's backend. */
  readonly hash?: string | undefined;
  readonly name?: string | undefined;
  readonly contact?: string | undefined;
}

/** What the script tag says. */
export interface Options {
  /** Where the REST API is, without a slash at the end. */
  readonly rest: string;
  /** Where the gateway is; null: the server is asked. */
  readonly gateway: string | null;
  readonly title: string | null;
  readonly color: string | null;
  readonly isLeft: boolean;
  /** null: as the visitor's system wishes. */
  readonly theme: 'light' | 'dark' | null;
  readonly language: Language;
  readonly identity: Identity;
  readonly asksName: boolean;
  readonly asksContact: boolean;
}

export function readOptions(script: HTMLScriptElement): Options {
  const data = script.dataset;
  const fields = (data['fields'] ?? 'name,contact').split(',').map((field) => field.trim());
  return {
    rest: addressOf(data['rest'] ?? new URL(script.src).origin),
    gateway: data['gateway'] ? addressOf(data['gateway']) : null,
    title: data['title'] || null,
    color: data['color'] ?? null,
    isLeft: data['position'] === 'left',
    theme: data['theme'] === 'light' || data['theme'] === 'dark' ? data['theme'] : null,
    language: languageOf(data['language'], document.documentElement.lang, ...navigator.languages),
    identity: { id: data['identity'], hash: data['identityHash'] },
    asksName: fields.includes('name'),
    asksContact: fields.includes('contact'),
  };
}

/** From the page's address where it is relative, without a slash at the end. */
const addressOf = (given: string): string => new URL(given, document.baseURI).href.replace(/\/+$/, '');
