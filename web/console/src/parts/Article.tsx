import { linksIn, type AgentConversation, type ChatMessage, type TextPart } from '@customer-live-chat/sdk';
import type { JSX } from 'preact';
import type { Desk } from '../state/desk';
import { t } from '../strings';
import { agentName } from '../words/names';
import { once } from './Once';
import { Time } from './Words';

interface Props {
  readonly message: ChatMessage;
  /** Of several by the same author, the first. */
  readonly isFirst: boolean;
  /** The last of a row; of the others the time and state are for those who hear them. */
  readonly isLast: boolean;
  readonly isRead: boolean;
  readonly name: string;
  readonly desk: Desk;
  readonly conversation: AgentConversation;
}

function ArticleOf({ message, isFirst, isLast, isRead, name, desk, conversation }: Props): JSX.Element {
  const { own, type, content, timestamp, delivery } = message;
  const side = type === 'SYSTEM' ? 'system' : own ? 'own' : 'other';
  return (
    <article class={['message', side, isFirst && 'first', delivery].filter(Boolean).join(' ')}>
      <span class={isFirst && !own ? 'author' : 'hidden'} dir="auto">
        {author(message, name, desk.chat.state.agent?.id)}
      </span>
      <p class={content ? 'content' : 'content erased'} dir="auto">
        {content ? linksIn(content).map(Part) : t.chat.erased}
      </p>
      <span class={isLast || (own && delivery !== 'sent') ? 'meta' : 'hidden'} aria-live="off">
        <Time at={timestamp} />
        {own && (
          <span class="state">
            {delivery === 'sending' && t.chat.sending}
            {delivery === 'sent' && (isRead ? `${t.chat.sent} · ${t.chat.read}` : t.chat.sent)}
            {delivery === 'failed' && (
              <span class="failed-text" title={message.error?.message}>
                {t.chat.notSent}
              </span>
            )}
          </span>
        )}
        {delivery === 'failed' && !conversation.state.closed && (
          <button type="button" class="text-button" onClick={() => desk.retry(conversation, message)}>
            {t.chat.tryAgain}
          </button>
        )}
      </span>
    </article>
  );
}

/** The page that an address leads to learns nothing of this one. */
function Part({ text, href }: TextPart): JSX.Element | string {
  if (href === undefined) return text;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {text}
    </a>
  );
}

function author({ sender, own, type }: ChatMessage, customer: string, self: string | undefined): string {
  if (type === 'SYSTEM') return t.system;
  if (!own) return customer;
  return sender.id === self ? t.you : agentName(sender);
}

export const Article = once(ArticleOf);
