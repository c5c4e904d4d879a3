import type { AgentConversation } from '@customer-live-chat/sdk';
import type { JSX } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import type { Desk } from '../state/desk';
import { focusLog } from '../state/focus';
import { t } from '../strings';
import { useSource } from './hooks';
import { useTakingUp } from './taking-up';

/** Below a chat that has ended: what was being written is still there to be copied. */
export function Ended({ desk, conversation }: { readonly desk: Desk; readonly conversation: AgentConversation }): JSX.Element {
  const draft = useSource(desk.drafts.subscribe, () => desk.drafts.text(conversation.id));
  useTakingUp(desk, conversation.id);
  useLayoutEffect(() => {
    // The field that had the focus is gone. Not to a button: who goes on typing must not press it.
    if (document.activeElement === document.body && desk.view.value.current === conversation.id) focusLog(conversation.id);
  }, []);
  return (
    <footer class="ended">
      <p class="ended-text">{t.chat.ended}</p>
      {draft && (
        <div class="ended-draft">
          <p class="hint">{t.chat.unsent}</p>
          <p dir="auto">{draft}</p>
        </div>
      )}
    </footer>
  );
}
