import type { JSX } from 'preact';
import { t } from '../strings';
import { fillCount } from '../words/fill';

export function Unread({ count }: { readonly count: number }): JSX.Element | null {
  return count > 0 ? <span class="unread">{fillCount(t.chats.unread, count)}</span> : null;
}
