import type { AgentConversation, Conversation, SystemEvent } from '@customer-live-chat/sdk';
import type { JSX } from 'preact';
import type { Desk } from '../state/desk';
import type { Line } from '../state/log-lines';
import type { Note } from '../state/notes';
import { t } from '../strings';
import { sentence } from '../words/fill';
import { happened } from '../words/happened';
import { dayWords } from '../words/times';
import { Article } from './Article';
import { once } from './Once';
import { Time, Words } from './Words';

interface Props {
  readonly line: Line;
  readonly desk: Desk;
  readonly conversation: AgentConversation;
  readonly name: string;
}

export function LogLine({ line, desk, conversation, name }: Props): JSX.Element {
  switch (line.kind) {
    case 'day':
      return <Day desk={desk} timestamp={line.timestamp} />;
    case 'mark':
      return <Mark />;
    case 'note':
      return <Noted note={line.note} name={name} />;
    case 'event':
      return <Happened event={line.event} before={line.before} self={desk.chat.state.agent?.id ?? ''} />;
    case 'message':
      return <Article message={line.message} isFirst={line.isFirst} isLast={line.isLast} isRead={line.isRead} name={name} desk={desk} conversation={conversation} />;
  }
}

const Day = once(({ desk, timestamp }: { readonly desk: Desk; readonly timestamp: string }) => (
  <p class="day" aria-live="off">
    {dayWords(timestamp, desk.time())}
  </p>
));

const Mark = once(() => (
  <p class="mark" aria-live="off">
    <span>{t.chat.unreadMark}</span>
  </p>
));

/** In one piece, whatever line it stands in. */
const When = ({ at }: { readonly at: string }): JSX.Element => (
  <span class="when">
    · <Time at={at} />
  </span>
);

const Happened = once(({ event, before, self }: { readonly event: SystemEvent; readonly before: Conversation | null; readonly self: string }) => {
  const what = happened(event, before, self);
  return what ? (
    <p class="happened">
      <Words of={what} /> <When at={event.timestamp} />
    </p>
  ) : null;
});

const Noted = once(({ note, name }: { readonly note: Note; readonly name: string }) => (
  <p class="happened">
    <Words of={sentence(note.away ? t.happened.away : t.happened.back, { customer: name })} /> <When at={new Date(note.at).toISOString()} />
  </p>
));
