import type { AgentConversation } from '@customer-live-chat/sdk';
import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { Desk } from '../state/desk';
import { nameOf } from '../state/held';
import { dismissId } from '../state/focus';
import { t } from '../strings';
import { metadataWords } from '../words/happened';
import { Details } from './Details';
import { Icon } from './Icon';
import { Unread } from './Unread';
import { useConversation, useStore } from './hooks';

interface Props {
  readonly desk: Desk;
  readonly conversation: AgentConversation;
  readonly index: number;
}

export function ChatHead({ desk, conversation, index }: Props): JSX.Element {
  const { conversation: known, unread, customerAway, closed } = useConversation(conversation);
  const isClosing = useStore(desk.view).closing.has(conversation.id);
  const [isOpen, setOpen] = useState(false);
  const details = useId();
  const about = known ? [known.customer.phone, known.channel, ...metadataWords(known.metadata).map(([key, value]) => `${key}: ${value}`)] : [];
  return (
    <header class="chat-head">
      <div class="chat-who">
        <span class="chat-number" aria-hidden="true">
          {index + 1}
        </span>
        <h3 class="chat-name" dir="auto" title={nameOf(conversation)}>
          {nameOf(conversation)}
        </h3>
        {customerAway && <span class="tag">{t.chat.away}</span>}
        <Unread count={unread} />
      </div>
      {closed ? (
        <button type="button" class="button small primary" id={dismissId(conversation.id)} onClick={() => desk.dismiss(conversation)}>
          {t.chat.dismiss}
        </button>
      ) : (
        <button type="button" class="button small" aria-disabled={isClosing ? 'true' : undefined} onClick={() => !isClosing && desk.show({ kind: 'close', id: conversation.id })}>
          {isClosing ? t.chat.closing : t.chat.close}
        </button>
      )}
      <p class="chat-about muted">
        {about.filter((one) => one !== null).map((one, at) => (
          <span key={at}>
            {at > 0 && ' · '}
            <bdi>{one}</bdi>
          </span>
        ))}
      </p>
      <button type="button" class="text-button" aria-expanded={isOpen} aria-controls={details} onClick={() => setOpen(!isOpen)}>
        {t.chat.details}
        <Icon name="more" />
      </button>
      <div id={details} class="chat-details" hidden={!isOpen}>
        {isOpen && known && <Details conversation={known} />}
      </div>
    </header>
  );
}
