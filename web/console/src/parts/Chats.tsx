import type { JSX } from 'preact';
import type { Desk } from '../state/desk';
import { t } from '../strings';
import { Chat } from './Chat';
import { useDesk, useStore } from './hooks';

export function Chats({ desk }: { readonly desk: Desk }): JSX.Element {
  const conversations = useDesk(desk, (state) => state.conversations);
  const { current } = useStore(desk.view);
  const shown = conversations.find((one) => one.id === current) ?? conversations[0];
  return (
    <section class="chats" aria-label={t.chats.title}>
      <h2 class="hidden">{t.chats.title}</h2>
      {conversations.map((conversation, index) => (
        <Chat key={conversation.id} desk={desk} conversation={conversation} index={index} isShown={conversation === shown} />
      ))}
      {conversations.length === 0 && (
        <div class="nothing">
          <p>{t.chats.empty}</p>
          <p class="muted">{t.chats.emptyHint}</p>
        </div>
      )}
    </section>
  );
}
