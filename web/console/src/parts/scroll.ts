import type { Entry } from '@customer-live-chat/sdk';
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { lastSequence } from '../state/log-lines';

/** So near to the end, in pixels, a reader is at the end. */
const NEAR = 40;

export interface Scroll {
  /** To be rendered by; `isAtEnd` is the same for who asks later. */
  readonly isEnd: boolean;
  isAtEnd(): boolean;
  /** Of the other side, since the end was left. */
  readonly newCount: number;
  toEnd(): void;
  scrolled(): void;
}

/** A log stays at its end where it was at its end, and where it was in the middle it stays there, whatever comes above or below. */
export function useScroll(log: RefObject<HTMLElement | null>, entries: readonly Entry[]): Scroll {
  const [isEnd, setEnd] = useState(true);
  const place = useRef({ isEnd: true, seen: 0, height: 0, top: 0, first: entries[0]?.key, own: newestOwn(entries) });

  const note = (element: HTMLElement): void => {
    place.current.height = element.scrollHeight;
    place.current.top = element.scrollTop;
  };
  const toEnd = (): void => {
    const element = log.current;
    if (!element) return;
    element.scrollTop = element.scrollHeight;
    place.current.isEnd = true;
    setEnd(true);
    note(element);
  };
  const scrolled = (): void => {
    const element = log.current;
    if (!element || element.clientHeight === 0) return;
    place.current.isEnd = element.scrollHeight - element.scrollTop - element.clientHeight <= NEAR;
    setEnd(place.current.isEnd);
    note(element);
  };

  useLayoutEffect(() => {
    const element = log.current;
    if (!element) return;
    const { first, height, top, own } = place.current;
    const [nowFirst, nowOwn] = [entries[0]?.key, newestOwn(entries)];
    place.current.first = nowFirst;
    place.current.own = nowOwn;
    // Own words are seen at once, wherever one was reading.
    if (place.current.isEnd || nowOwn !== own) toEnd();
    else if (first !== nowFirst) element.scrollTop = top + element.scrollHeight - height;
    note(element);
  }, [entries]);

  useLayoutEffect(() => {
    if (!log.current) return;
    const observer = new ResizeObserver(() => {
      if (place.current.isEnd) toEnd();
    });
    observer.observe(log.current);
    return () => observer.disconnect();
  }, []);

  if (place.current.isEnd) place.current.seen = lastSequence(entries);
  const newCount = isEnd ? 0 : entries.filter((entry) => entry.kind === 'message' && !entry.message.own && entry.sequence !== null && entry.sequence > place.current.seen).length;
  return { isEnd, isAtEnd: () => place.current.isEnd, newCount, toEnd, scrolled };
}

function newestOwn(entries: readonly Entry[]): string | undefined {
  for (let index = entries.length - 1; index >= 0; index--) {
    const entry = entries[index];
    if (entry?.kind === 'message' && entry.message.own) return entry.key;
  }
  return undefined;
}
