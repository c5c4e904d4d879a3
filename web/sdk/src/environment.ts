import { connectSocket, type Connect } from './socket.js';
import type { ChatStorage } from './types.js';

/** `storage`: another tab has changed what is stored. */
export type PageSignal = 'online' | 'offline' | 'visible' | 'hidden' | 'storage';

/** One holder at a time over all tabs: the part of `navigator.locks` that is used. */
export interface Locks {
  request(name: string, options: { signal: AbortSignal }, held: () => Promise<void>): Promise<void>;
}

/** Everything that the library takes from outside, so that a test can give it. */
export interface Environment {
  readonly fetch: typeof fetch;
  readonly connect: Connect;
  readonly storage: ChatStorage | undefined;
  readonly locks: Locks | undefined;
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `run` once. @returns what takes it back. */
  timer(run: () => void, milliseconds: number): () => void;
  /** From 0 up to 1. */
  random(): number;
  /** 128 random bits, in hex. */
  id(): string;
  /** What the page and its network do. @returns what ends it. */
  listen(signal: PageSignal, handler: () => void): () => void;
}

export function defaultEnvironment(): Environment {
  return {
    fetch: (...call) => globalThis.fetch(...call),
    connect: connectSocket,
    storage: browserStorage(),
    locks: globalThis.navigator?.locks as Locks | undefined,
    now: () => Date.now(),
    timer: (run, milliseconds) => {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
    random: () => Math.random(),
    // Not randomUUID, which pages without TLS do not have.
    id: () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(''),
    listen,
  };
}

/** To look at it alone may throw, where a page is not allowed any. */
function browserStorage(): ChatStorage | undefined {
  try {
    return typeof document === 'undefined' ? undefined : globalThis.localStorage;
  } catch {
    return undefined;
  }
}

function listen(signal: PageSignal, handler: () => void): () => void {
  if (typeof document === 'undefined') return () => undefined;

  const isOfWindow = signal !== 'visible' && signal !== 'hidden';
  const target = isOfWindow ? window : document;
  const name = isOfWindow ? signal : 'visibilitychange';
  const heard = (): void => {
    if (isOfWindow || document.visibilityState === signal) handler();
  };
  target.addEventListener(name, heard);
  return () => target.removeEventListener(name, heard);
}
