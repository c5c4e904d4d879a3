import { t } from '../strings';
import { customerName } from '../words/names';
import type { Desk } from './desk';
import { nameOf } from './held';
import { isLookedAt } from './focus';
import { showIcon } from './icon';
import { newsSince, titleOf, unreadOf, type Seen } from './news';
import { notify } from './notify';
import { options } from './options';
import { play } from './sound';

/** Shows what is unread where the page itself is not seen: in its title and icon, and, where the agent wants it, by a sound and on the desktop. */
export function watchDesk(desk: Desk): () => void {
  let seen: Seen | null = null;
  let told = -1;

  const look = (): void => {
    const { state } = desk.chat;
    const unread = unreadOf(state.conversations);
    if (unread !== told) {
      told = unread;
      document.title = titleOf(t.console, unread);
      showIcon(unread);
    }
    const news = newsSince(seen, state);
    if (!news) return;
    seen = news.seen;
    const unseen = news.messages.filter(({ conversation }) => !isLookedAt(conversation.id));
    const { sound, notifications } = options.value;
    if (sound && unseen.length) play('message');
    else if (sound && news.queued.length) play('queued');
    if (!notifications) return;
    for (const { conversation, message } of unseen) {
      notify({ tag: conversation.id, title: nameOf(conversation), body: message.content || t.notify.message, pressed: () => desk.go(conversation.id) });
    }
    const first = news.queued[0];
    if (first && !document.hasFocus()) {
      notify({ tag: 'queue', title: t.notify.queued, body: customerName(first.customerId, first.customerName), pressed: () => desk.goToQueue() });
    }
  };

  const end = desk.chat.subscribe(look);
  look();
  return () => {
    end();
    document.title = t.console;
    showIcon(0);
  };
}
