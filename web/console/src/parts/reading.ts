import type { AgentConversation } from '@customer-live-chat/sdk';
import { useEffect } from 'preact/hooks';
import { isLookedAt } from '../state/focus';
import { lastSequence } from '../state/log-lines';

/** Marks a chat as read where it has the focus, can be seen, and its end is shown. @returns a look whether it is so now */
export function useReading(conversation: AgentConversation, isAtEnd: () => boolean): () => void {
  const look = (): void => {
    if (conversation.state.unread > 0 && isAtEnd() && isLookedAt(conversation.id)) conversation.read(lastSequence(conversation.state.entries));
  };
  useEffect(() => {
    // The focus has moved only after the event.
    const later = (): void => void setTimeout(look, 0);
    const end = conversation.subscribe(later);
    addEventListener('focus', later);
    document.addEventListener('focusin', later);
    document.addEventListener('visibilitychange', later);
    later();
    return () => {
      end();
      removeEventListener('focus', later);
      document.removeEventListener('focusin', later);
      document.removeEventListener('visibilitychange', later);
    };
  }, [conversation]);
  return look;
}
