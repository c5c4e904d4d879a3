import type { AgentConversation } from '@customer-live-chat/sdk';
import type { JSX } from 'preact';
import type { Desk } from '../state/desk';
import { nameOf } from '../state/held';
import { chatId } from '../state/focus';
import { ChatHead } from './ChatHead';
import { Composer } from './Composer';
import { Ended } from './Ended';
import { Log } from './Log';
import { useConversation } from './hooks';

interface Props {
  readonly desk: Desk;
  readonly conversation: AgentConversation;
  readonly index: number;
  /** Where there is room for one chat: this one. */
  readonly isShown: boolean;
}

export function Chat({ desk, conversation, index, isShown }: Props): JSX.Element {
  const { closed, unread } = useConversation(conversation);
  const classes = ['chat', isShown && 'shown', unread > 0 && 'has-unread', closed && 'closed'].filter(Boolean).join(' ');
  return (
    <section class={classes} id={chatId(conversation.id)} tabIndex={-1} aria-label={nameOf(conversation)} onFocusIn={() => desk.focused(conversation.id)}>
      <ChatHead desk={desk} conversation={conversation} index={index} />
      <Log desk={desk} conversation={conversation} />
      {closed ? <Ended desk={desk} conversation={conversation} /> : <Composer desk={desk} conversation={conversation} />}
    </section>
  );
}
