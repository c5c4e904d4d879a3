import { isRecord, keep, kept } from './kept';
import { Store } from './store';

const KEY = 'live-chat-console:options';

export interface Options {
  readonly sound: boolean;
  readonly notifications: boolean;
  /** Keys of one letter may be turned off: who speaks to the computer triggers them by accident. */
  readonly singleKeys: boolean;
}

/** What this browser is set to, whoever is signed in. */
export const options = new Store<Options>(read(kept(KEY)));

export function setOptions(change: Partial<Options>): void {
  options.update((now) => ({ ...now, ...change }));
  keep(KEY, options.value);
}

function read(value: unknown): Options {
  const { sound, notifications, singleKeys } = isRecord(value) ? value : {};
  return { sound: sound === true, notifications: notifications === true, singleKeys: singleKeys !== false };
}
