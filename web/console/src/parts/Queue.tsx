import type { JSX } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import type { Desk } from '../state/desk';
import { QUEUE, focusQueue } from '../state/focus';
import { t } from '../strings';
import { fillCount } from '../words/fill';
import { QueueItem } from './QueueItem';
import { useDesk, useStore } from './hooks';
import { useQueueRows } from './queue-rows';

export function Queue({ desk }: { readonly desk: Desk }): JSX.Element {
  const { rows, hold } = useQueueRows(desk);
  const size = useDesk(desk, (state) => state.queueSize);
  const isKnown = useDesk(desk, (state) => state.agent !== null);
  const { accepting } = useStore(desk.view);
  const [marked, mark] = useState<string | null>(null);

  const waiting = rows.filter((row) => row.leftAt === null);
  const tabStop = waiting.find((row) => row.entry.conversationId === marked) ?? waiting[0];
  const hasMarkedLeft = rows.some((row) => row.leftAt !== null && row.entry.conversationId === marked);
  useLayoutEffect(() => {
    // The focus does not fall out of the queue with an entry that another agent takes.
    const { activeElement } = document;
    if (hasMarkedLeft && (activeElement === document.body || activeElement?.closest('[inert]'))) focusQueue();
  }, [hasMarkedLeft]);

  const more = size - waiting.length;
  return (
    <section class="queue" id={QUEUE} tabIndex={-1} aria-label={t.queue.title}>
      <header class="pane-head">
        <h2>{t.queue.title}</h2>
        {size > 0 && (
          <span class="count" title={fillCount(t.queue.count, size)}>
            {size}
          </span>
        )}
      </header>
      <ul class="queue-rows" role="list" onPointerDown={hold}>
        {rows.map(({ entry, leftAt }) => (
          <QueueItem
            key={entry.conversationId}
            desk={desk}
            entry={entry}
            hasLeft={leftAt !== null}
            isBusy={accepting.has(entry.conversationId)}
            isTabStop={entry === tabStop?.entry}
            marked={mark}
            accept={(name) => void desk.accept(entry.conversationId, name)}
          />
        ))}
      </ul>
      {rows.length === 0 && (
        <div class="nothing">
          <p>{isKnown ? t.queue.empty : t.queue.loading}</p>
          {isKnown && <p class="muted">{t.queue.emptyHint}</p>}
        </div>
      )}
      {rows.length > 0 && more > 0 && <p class="queue-more muted">{fillCount(t.queue.more, more)}</p>}
    </section>
  );
}
