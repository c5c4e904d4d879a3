import type { JSX } from 'preact';
import { clock } from '../state/clock';
import { t } from '../strings';
import { waitDuration, waitLevel, waitWords, waited } from '../words/wait';
import { useSource } from './hooks';

const words = { short: null, long: t.queue.long, 'too-long': t.queue.tooLong };

/** How long somebody has waited, each second; not in a live region. */
export function Wait({ since }: { readonly since: string }): JSX.Element {
  const seconds = useSource(clock.subscribe, () => waited(since, clock.value));
  const level = waitLevel(seconds);
  return (
    <span class={`wait ${level}`}>
      {words[level] && <span class="wait-words">{words[level]} </span>}
      <time dateTime={waitDuration(seconds)}>{waitWords(seconds)}</time>
    </span>
  );
}
