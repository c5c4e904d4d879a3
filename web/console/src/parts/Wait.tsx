import type { JSX } from 'preact';
import { clock } from '../state/clock';
import type { Desk } from '../state/desk';
import { t } from '../strings';
import { waitDuration, waitLevel, waitWords, waited } from '../words/wait';
import { useSource } from './hooks';

const words = { short: null, long: t.queue.long, 'too-long': t.queue.tooLong };

/** How long somebody has waited by the server's clock, each second; not in a live region. */
export function Wait({ desk, since }: { readonly desk: Desk; readonly since: string }): JSX.Element {
  const seconds = useSource(clock.subscribe, () => waited(since, desk.time(clock.value)));
  const level = waitLevel(seconds);
  return (
    <span class={`wait ${level}`}>
      {words[level] && <span class="wait-words">{words[level]} </span>}
      <time dateTime={waitDuration(seconds)}>{waitWords(seconds)}</time>
    </span>
  );
}
