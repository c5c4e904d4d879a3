import type { QueueEntry } from '@customer-live-chat/sdk';

/** One row of the queue as it is shown: one that is no longer waiting stays for a moment, so that nothing moves under the pointer. */
export interface QueueRow {
  readonly entry: QueueEntry;
  /** When it left; `null` while it waits. */
  readonly leftAt: number | null;
}

export const FADE = 1_000;

export function nextRows(rows: readonly QueueRow[], queue: readonly QueueEntry[], now: number): readonly QueueRow[] {
  const waiting = new Set(queue.map((entry) => entry.conversationId));
  const next: QueueRow[] = queue.map((entry) => rows.find((row) => row.entry === entry && row.leftAt === null) ?? { entry, leftAt: null });
  rows.forEach((row, index) => {
    if (waiting.has(row.entry.conversationId)) return;
    const leftAt = row.leftAt ?? now;
    if (now - leftAt >= FADE) return;
    // Behind the one that it stood behind.
    const before = rows[index - 1];
    const place = before ? next.findIndex((one) => one.entry.conversationId === before.entry.conversationId) + 1 : 0;
    next.splice(place, 0, row.leftAt === null ? { entry: row.entry, leftAt } : row);
  });
  return next.length === rows.length && next.every((row, index) => row === rows[index]) ? rows : next;
}
