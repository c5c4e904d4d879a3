import type { AgentConversation } from '@customer-live-chat/sdk';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { Desk } from '../state/desk';
import { logId, messageId } from '../state/focus';
import { isComposing } from '../state/keys';
import { plainText } from '../state/plain-text';
import { t } from '../strings';
import { fillCount } from '../words/fill';
import { useSource } from './hooks';
import { useTakingUp } from './taking-up';

const LONGEST = 4000;
const NEARLY = 3800;

export function Composer({ desk, conversation }: { readonly desk: Desk; readonly conversation: AgentConversation }): JSX.Element {
  const { id } = conversation;
  const text = useSource(desk.drafts.subscribe, () => desk.drafts.text(id));
  const field = useRef<HTMLTextAreaElement>(null);

  useTakingUp(desk, id, field);

  const send = (): void => {
    // What is too long is told below the field, with how much.
    if (text.trim() !== '' && text.length <= LONGEST) desk.send(conversation, text);
    field.current?.focus();
  };
  const pressed = (event: KeyboardEvent): void => {
    if (isComposing(event) || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === 'PageUp' || event.key === 'PageDown') {
      event.preventDefault();
      const log = document.getElementById(logId(id));
      log?.scrollBy({ top: log.clientHeight * (event.key === 'PageUp' ? -0.9 : 0.9) });
    }
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={field}
        id={messageId(id)}
        rows={2}
        dir={text === '' ? undefined : 'auto'}
        aria-label={t.chat.message}
        aria-describedby={`${messageId(id)}-room`}
        placeholder={t.chat.placeholder}
        enterkeyhint="send"
        value={text}
        onInput={({ currentTarget }) => {
          const value = plainText(currentTarget);
          desk.drafts.write(id, value);
          conversation.typing(value);
        }}
        onKeyDown={pressed}
      />
      <button type="submit" class={text.trim() === '' ? 'button' : 'button primary'}>
        {t.chat.send}
      </button>
      <Room id={`${messageId(id)}-room`} length={text.length} />
    </form>
  );
}

/** How much more fits, once that matters. */
function Room({ id, length }: { readonly id: string; readonly length: number }): JSX.Element {
  const left = LONGEST - length;
  return (
    <p id={id} class={left < 0 ? 'room over' : 'room muted'}>
      {length > NEARLY && (left >= 0 ? fillCount(t.chat.left, left) : fillCount(t.chat.over, -left))}
    </p>
  );
}
