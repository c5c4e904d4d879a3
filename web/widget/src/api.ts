import type { Identity } from './options';

/** What a website may listen to. */
export type WidgetEvent = 'open' | 'close' | 'start' | 'message' | 'unread' | 'end';

/** `window.LiveChat`. */
export interface WidgetApi {
  open(): void;
  close(): void;
  /** Says who the visitor is. Another id than before ends what this browser shows of the one before. */
  identify(identity?: Identity | null): void;
  /** The next person at this computer sees nothing of this one. */
  reset(): void;
  /** @returns ends it */
  on(event: WidgetEvent, handler: (detail?: unknown) => void): () => void;
  /** A call as a list, `['open']`, or a function: what pages do before and after the script has loaded alike. */
  push(...calls: unknown[]): void;
}

/** Tells the website; what its handlers throw is the website's, and stops nothing here. */
export class Listeners {
  readonly #all = new Map<string, Set<(detail?: unknown) => void>>();

  on(event: string, handler: (detail?: unknown) => void): () => void {
    const handlers = this.#all.get(event) ?? new Set();
    this.#all.set(event, handlers.add(handler));
    return () => void handlers.delete(handler);
  }

  emit(event: WidgetEvent, detail?: unknown): void {
    for (const handler of this.#all.get(event) ?? []) {
      try {
        handler(detail);
      } catch (error) {
        console.error(error);
      }
    }
  }
}

/** Puts the interface where the page finds it, and makes the calls that were kept for it. */
export function publish(api: Omit<WidgetApi, 'push'>): void {
  const kept: unknown = window.LiveChat;
  const whole: WidgetApi = {
    ...api,
    push: (...calls) => {
      for (const call of calls) {
        try {
          if (typeof call === 'function') call();
          else if (Array.isArray(call)) {
            const [name, ...args] = call as [keyof WidgetApi, ...unknown[]];
            if (!(name in whole)) throw new Error(`LiveChat has no ${name}.`);
            (whole[name] as (...args: unknown[]) => void)(...args);
          }
        } catch (error) {
          console.error(error);
        }
      }
    },
  };
  window.LiveChat = whole;
  if (Array.isArray(kept)) whole.push(...kept);
}

declare global {
  interface Window {
    LiveChat?: WidgetApi | unknown[];
  }
}
