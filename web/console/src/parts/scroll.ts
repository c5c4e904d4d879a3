import type { Entry } from '@customer-live-chat/sdk';
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { lastSequence, lastWhere } from '../state/log-lines';

/** So near to the end, in pixels, a reader is at the end. */
const NEAR = 40;

export interface Scroll {
  readonly isEnd: boolean;
  /** Of the other side, since the end was left. */
  readonly newCount: number;
  toEnd(): void;
  scrolled(): void;
}

/**
 * A log stays at its end where it was at its end, and where it was in the middle it stays there, whatever comes above or below.
 * @param from the index of the first entry that is shown
 * @param atEnd is kept right for who asks later
 */
export function useScroll(log: RefObject<HTMLElement | null>, entries: readonly Entry[], from: number, atEnd: { current: boolean }): Scroll {
  const [isEnd, setEnd] = useState(true);
  const place = useRef({ seen: 0, height: 0, top: 0, first: entries[from]?.key, own: newestOwn(entries) });

  const note = (element: HTMLElement): void => {
    place.current.height = element.scrollHeight;
    place.current.top = element.scrollTop;
  };
  const toEnd = (): void => {
    const element = log.current;
    if (!element) return;
    element.scrollTop = element.scrollHeight;
    atEnd.current = true;
    setEnd(true);
    note(element);
  };
  const scrolled = (): void => {
    const element = log.current;
    if (!element || element.clientHeight === 0) return;
    atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight <= NEAR;
    setEnd(atEnd.current);
    note(element);
  };

  useLayoutEffect(() => {
    const element = log.current;
    if (!element) return;
    const { first, height, top, own } = place.current;
    const [nowFirst, nowOwn] = [entries[from]?.key, newestOwn(entries)];
    place.current.first = nowFirst;
    place.current.own = nowOwn;
    // Own words are seen at once, wherever one was reading.
    if (atEnd.current || nowOwn !== own) toEnd();
    else if (first !== nowFirst) element.scrollTop = top + element.scrollHeight - height;
    note(element);
  }, [entries, from]);

  useLayoutEffect(() => {
    if (!log.current) return;
    const observer = new ResizeObserver(() => {
      if (atEnd.current) toEnd();
    });
    observer.observe(log.current);
    return () => observer.disconnect();
  }, []);

  if (atEnd.current) place.current.seen = lastSequence(entries);
  const newCount = isEnd ? 0 : entries.filter((entry) => entry.kind === 'message' && !entry.message.own && entry.sequence !== null && entry.sequence > place.current.seen).length;
  return { isEnd, newCount, toEnd, scrolled };
}

const newestOwn = (entries: readonly Entry[]): string | undefined => lastWhere(entries, (entry) => entry.kind === 'message' && entry.message.own)?.key;
