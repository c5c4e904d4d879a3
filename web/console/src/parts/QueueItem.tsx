import type { QueueEntry } from '@customer-live-chat/sdk';
import type { JSX } from 'preact';
import type { Desk } from '../state/desk';
import { t } from '../strings';
import { fill } from '../words/fill';
import { customerName } from '../words/names';
import { Wait } from './Wait';

interface Props {
  readonly desk: Desk;
  readonly entry: QueueEntry;
  readonly hasLeft: boolean;
  readonly isBusy: boolean;
  /** Of all the buttons of the queue, Tab stops at one. */
  readonly isTabStop: boolean;
  marked(id: string): void;
  accept(name: string): void;
}

export function QueueItem({ desk, entry, hasLeft, isBusy, isTabStop, marked, accept }: Props): JSX.Element {
  const { conversationId, customerId, customerName: given, customerPhone, channel, position, enqueuedAt } = entry;
  const name = customerName(customerId, given);
  return (
    <li class={hasLeft ? 'queue-row left' : 'queue-row'} inert={hasLeft} aria-hidden={hasLeft ? 'true' : undefined}>
      <div class="queue-line">
        <span class="queue-name" dir="auto" title={name}>
          {name}
        </span>
        {hasLeft ? <span class="wait muted">{t.queue.taken}</span> : <Wait desk={desk} since={enqueuedAt} />}
      </div>
      <div class="queue-line">
        <span class="queue-about muted">
          {position} · <bdi>{channel}</bdi>
          {customerPhone && (
            <>
              {' · '}
              <bdi>{customerPhone}</bdi>
            </>
          )}
        </span>
        <button
          type="button"
          class="button small"
          data-accept={conversationId}
          tabIndex={isTabStop ? 0 : -1}
          aria-label={fill(t.queue.acceptOf, { name })}
          aria-disabled={isBusy ? 'true' : undefined}
          onFocus={() => marked(conversationId)}
          onClick={() => accept(name)}
        >
          {isBusy ? '…' : t.queue.accept}
        </button>
      </div>
    </li>
  );
}
