import type { Listeners } from './api';
import type { Launcher } from './launcher';
import type { Identity, Options } from './options';
import type { PanelStrings } from './strings/types';

/** What the loader gives to the chat, which is loaded later. */
export interface Context {
  readonly options: Options;
  readonly strings: PanelStrings;
  readonly host: HTMLElement;
  readonly root: ShadowRoot;
  readonly launcher: Launcher;
  readonly listeners: Listeners;
}

/** The chat, once it is loaded. */
export interface Panel {
  open(): void;
  close(): void;
  identify(identity: Identity): void;
  reset(): void;
  /** What is in the page's body is another now. */
  bodyChanged(): void;
  /** Goes on with what an earlier page, or another tab, has begun. */
  resume(): void;
}
