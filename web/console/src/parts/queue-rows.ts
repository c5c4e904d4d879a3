import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Desk } from '../state/desk';
import { FADE, nextRows, type QueueRow } from '../state/queue-rows';
import { useDesk } from './hooks';

/** The rows to show. While the pointer is down on them nothing moves: `hold` begins that. */
export function useQueueRows(desk: Desk): { readonly rows: readonly QueueRow[]; hold(): void } {
  const queue = useDesk(desk, (state) => state.queue);
  const [rows, setRows] = useState<readonly QueueRow[]>(() => nextRows([], queue, 0));
  const isHeld = useRef(false);
  const refresh = (): void => {
    if (!isHeld.current) setRows((now) => nextRows(now, desk.chat.state.queue, Date.now()));
  };

  useLayoutEffect(refresh, [queue]);

  const isAnyLeaving = rows.some((row) => row.leftAt !== null);
  useLayoutEffect(() => {
    if (!isAnyLeaving) return;
    const timer = setTimeout(refresh, FADE);
    return () => clearTimeout(timer);
  }, [rows]);

  const hold = (): void => {
    if (isHeld.current) return;
    isHeld.current = true;
    const release = (): void => {
      removeEventListener('pointerup', release);
      removeEventListener('pointercancel', release);
      // After the click that follows.
      setTimeout(() => {
        isHeld.current = false;
        refresh();
      }, 50);
    };
    addEventListener('pointerup', release);
    addEventListener('pointercancel', release);
  };
  return { rows, hold };
}
