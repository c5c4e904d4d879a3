import type { Entry } from '@customer-live-chat/sdk';
import { useReducer, useRef } from 'preact/hooks';
import { STEP, shownFrom } from '../state/log-window';

export interface Shown {
  /** The index of the first entry that is shown. */
  readonly from: number;
  /** Shows some more of those before it. */
  grow(): void;
}

/** How much of a log is in the page: what it costs must not grow with the day's work. */
export function useShown(entries: readonly Entry[], isAtEnd: () => boolean): Shown {
  const first = useRef<string | null>(null);
  const [, again] = useReducer((count: number) => count + 1, 0);
  const from = shownFrom(entries, first.current, isAtEnd());
  const beginAt = (index: number): void => void (first.current = index > 0 ? (entries[index]?.key ?? null) : null);
  beginAt(from);
  return {
    from,
    grow: () => {
      beginAt(from - STEP);
      again(undefined);
    },
  };
}
