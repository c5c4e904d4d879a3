import { languageOf, type Language } from './languages';

/** Of a name and of a contact. */
const LONGEST = 200;

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
  const fields = (data['fields'] ?? 'name,contact').split(',').flatMap((field) => field.trim() || []);
  for (const field of fields) oneOf('fields', field, ['name', 'contact']);
  return {
    rest: addressOf('rest', data['rest']) ?? new URL(script.src).origin,
    gateway: addressOf('gateway', data['gateway']),
    title: data['title'] || null,
    color: data['color'] ?? null,
    isLeft: oneOf('position', data['position'], ['left', 'right']) === 'left',
    theme: oneOf('theme', data['theme'], ['light', 'dark']),
    language: languageOf(data['language'], document.documentElement.lang, ...navigator.languages),
    identity: identityOf({ id: data['identity'], hash: data['identityHash'] }),
    asksName: fields.includes('name'),
    asksContact: fields.includes('contact'),
  };
}

/** What a page says of the visitor, as the server takes it: pages give numbers for ids, and nothing for who is not signed in. */
export function identityOf(said: unknown): Identity {
  const { id, hash, name, contact } = (said ?? {}) as Partial<Record<keyof Identity, unknown>>;
  return { id: textOf(id), hash: textOf(hash), name: textOf(name)?.slice(0, LONGEST), contact: textOf(contact)?.slice(0, LONGEST) };
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' || typeof value === 'number' ? String(value).trim() || undefined : undefined);

/** What a page has written, where it is one of these; null where it is not there, or wrong, which the console then says. */
function oneOf<T extends string>(name: string, given: string | undefined, known: readonly T[]): T | null {
  const found = known.find((one) => one === given) ?? null;
  if (given && !found) complain(name, given, known.join(', '));
  return found;
}

/** Without a slash at the end. From the page's own address, where it is only a path. */
function addressOf(name: string, given: string | undefined): string | null {
  if (!given) return null;
  try {
    const { protocol, origin, pathname } = new URL(given, document.baseURI);
    if (/^https?:$/.test(protocol)) return (origin + pathname).replace(/\/+$/, '');
  } catch {
    // Said below.
  }
  complain(name, given, 'an address, https://host:port');
  return null;
}

export const complain = (name: string, given: string, known: string): void =>
  console.error(`The chat does not understand data-${name}="${given}" and goes on without it. It takes: ${known}.`);
