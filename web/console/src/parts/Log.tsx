import type { AgentConversation } from '@customer-live-chat/sdk';
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Desk } from '../state/desk';
import { nameOf } from '../state/held';
import { focusChat, logId } from '../state/focus';
import { linesOf } from '../state/log-lines';
import type { Note } from '../state/notes';
import { t } from '../strings';
import { fillCount, sentence } from '../words/fill';
import { Icon } from './Icon';
import { LogLine } from './LogLine';
import { Words } from './Words';
import { useConversation, useStore } from './hooks';
import { useLive } from './live';
import { useScroll } from './scroll';
import { useReading } from './reading';
import { useShown } from './shown';

const none: readonly Note[] = [];
/** How near to its beginning, in pixels, more of the history is loaded. */
const NEAR = 200;

export function Log({ desk, conversation }: { readonly desk: Desk; readonly conversation: AgentConversation }): JSX.Element {
  const state = useConversation(conversation);
  const notes = useStore(desk.notes.notes).get(conversation.id) ?? none;
  const mark = useStore(desk.marks.marks).get(conversation.id) ?? null;
  const log = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const shown = useShown(state.entries, () => atEnd.current);
  const scroll = useScroll(log, state.entries, shown.from, atEnd);
  const [isLoading, setLoading] = useState(false);
  const isLive = useLive(state.entries.length > 0, isLoading);
  const read = useReading(conversation, () => atEnd.current);
  const hasMore = shown.from > 0 || state.hasMore;

  const older = async (): Promise<void> => {
    if (isLoading || !hasMore) return;
    setLoading(true);
    // Rendered first: the log falls silent before the rows come.
    await null;
    if (shown.from > 0) shown.grow();
    else await desk.older(conversation);
    setLoading(false);
  };
  const scrolled = (): void => {
    scroll.scrolled();
    read();
    if (log.current && log.current.scrollTop < NEAR && log.current.scrollHeight > log.current.clientHeight) void older();
  };
  const showEnd = (): void => {
    scroll.toEnd();
    // The button goes, the focus stays in the chat.
    focusChat(conversation.id);
  };
  const lines = linesOf({ entries: state.entries, from: shown.from, notes, mark, readByCustomer: state.readByCustomer });
  const name = nameOf(conversation);
  return (
    <div class="log-frame">
      <div ref={log} class="log" id={logId(conversation.id)} role="log" aria-label={t.chat.log} aria-live={isLive ? 'polite' : 'off'} tabIndex={0} onScroll={scrolled}>
        {hasMore && (
          <button key="earlier" type="button" class="text-button earlier" aria-live="off" onClick={() => void older()}>
            {isLoading ? t.chat.loading : t.chat.earlier}
          </button>
        )}
        {lines.map((line) => (
          <LogLine key={line.key} line={line} desk={desk} conversation={conversation} name={name} />
        ))}
      </div>
      {!scroll.isEnd && (
        <button type="button" class="button small to-end" onClick={showEnd}>
          {scroll.newCount > 0 ? fillCount(t.chat.newMessages, scroll.newCount) : t.chat.toEnd}
          <Icon name="down" />
        </button>
      )}
      <p class="hidden" aria-live="polite">
        {state.messages.some((one) => one.delivery === 'failed') && t.chat.notSent}
      </p>
      <p class="typing muted">
        {state.customerTyping && <Words of={sentence(t.chat.typing, { name })} />}
      </p>
    </div>
  );
}
