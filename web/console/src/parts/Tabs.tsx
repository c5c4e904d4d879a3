import type { AgentConversation } from '@customer-live-chat/sdk';
import type { JSX } from 'preact';
import type { Desk } from '../state/desk';
import { nameOf } from '../state/held';
import { t } from '../strings';
import { Unread } from './Unread';
import { useConversation, useDesk, useStore } from './hooks';

/** The open chats, and the queue, where there is no room for all of them side by side. */
export function Tabs({ desk }: { readonly desk: Desk }): JSX.Element {
  const conversations = useDesk(desk, (state) => state.conversations);
  const size = useDesk(desk, (state) => state.queueSize);
  const { current, place } = useStore(desk.view);
  const shown = conversations.find((one) => one.id === current) ?? conversations[0];
  return (
    <nav class="tabs" aria-label={t.chats.open}>
      <button type="button" class="tab tab-queue" aria-current={place === 'queue' ? 'true' : undefined} onClick={() => desk.goToQueue()}>
        {t.queue.title}
        {size > 0 && <span class="count">{size}</span>}
      </button>
      {conversations.map((one) => (
        <Tab key={one.id} conversation={one} isCurrent={one === shown} pressed={() => desk.go(one.id)} />
      ))}
    </nav>
  );
}

interface TabProps {
  readonly conversation: AgentConversation;
  readonly isCurrent: boolean;
  pressed(): void;
}

function Tab({ conversation, isCurrent, pressed }: TabProps): JSX.Element {
  const { unread, lastMessage } = useConversation(conversation);
  return (
    <button type="button" class="tab tab-chat" aria-current={isCurrent ? 'true' : undefined} onClick={pressed}>
      <span class="tab-name" dir="auto">
        {nameOf(conversation)}
      </span>
      <Unread count={unread} />
      {lastMessage && (
        <span class="tab-last muted" dir="auto">
          {lastMessage.content}
        </span>
      )}
    </button>
  );
}
