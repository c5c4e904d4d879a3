import type { Conversation } from '@customer-live-chat/sdk';
import type { JSX } from 'preact';
import { t } from '../strings';
import { metadataWords } from '../words/happened';
import { fullTime } from '../words/times';

/** All that is known of a customer. */
export function Details({ conversation: { customer, channel, createdAt, acceptedAt, metadata } }: { readonly conversation: Conversation }): JSX.Element {
  const rows: (readonly [string, string])[] = [
    [t.details.contact, customer.phone ?? t.details.none],
    [t.details.channel, channel],
    [t.details.customer, customer.id],
    [t.details.started, fullTime(createdAt)],
    ...(acceptedAt ? [[t.details.accepted, fullTime(acceptedAt)] as const] : []),
    ...metadataWords(metadata),
  ];
  return (
    <dl>
      {rows.map(([name, value], index) => (
        <div key={index}>
          <dt dir="auto">{name}</dt>
          <dd dir="auto">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
