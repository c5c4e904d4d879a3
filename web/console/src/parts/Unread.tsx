import type { JSX } from 'preact';
import { t } from '../strings';
import { fillCount } from '../words/fill';

/** The number, which there is always room for, and in words for who hears it. */
export function Unread({ count }: { readonly count: number }): JSX.Element | null {
  if (count === 0) return null;
  const words = fillCount(t.chats.unread, count);
  return (
    <span class="unread" title={words}>
      <span aria-hidden="true">{count}</span>
      <span class="hidden">{words}</span>
    </span>
  );
}
