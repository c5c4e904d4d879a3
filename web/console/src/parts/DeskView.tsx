import type { JSX } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import type { App } from '../state/app';
import { watchDesk } from '../state/attention';
import { listenToKeys } from '../state/commands';
import type { Desk } from '../state/desk';
import { settle } from '../state/writing';
import { t } from '../strings';
import { Chats } from './Chats';
import { CloseDialog } from './CloseDialog';
import { KeysDialog } from './KeysDialog';
import { Queue } from './Queue';
import { SignOutDialog } from './SignOutDialog';
import { Tabs } from './Tabs';
import { TokenDialog } from './TokenDialog';
import { useDesk, useStore } from './hooks';

export function DeskView({ app, desk }: { readonly app: App; readonly desk: Desk }): JSX.Element {
  const { place, dialog } = useStore(desk.view);
  useLayoutEffect(() => {
    const ends = [listenToKeys(desk), watchDesk(desk)];
    return () => ends.forEach((end) => end());
  }, [desk]);
  const isKnown = useDesk(desk, (state) => state.agent !== null);
  useLayoutEffect(() => {
    if (isKnown) settle();
  }, [isKnown]);
  const closing = dialog?.kind === 'close' ? desk.conversation(dialog.id) : undefined;
  return (
    <main class="desk" data-place={place}>
      <h1 class="hidden">{t.console}</h1>
      <Tabs desk={desk} />
      <Queue desk={desk} />
      <Chats desk={desk} />
      {dialog?.kind === 'keys' && <KeysDialog closed={() => desk.show(null)} />}
      {dialog?.kind === 'token' && <TokenDialog renew={(token) => app.renew(token)} signOut={() => app.askSignOut()} />}
      {dialog?.kind === 'sign-out' && <SignOutDialog desk={desk} signOut={() => app.signOut()} />}
      {closing && <CloseDialog key={closing.id} desk={desk} conversation={closing} />}
    </main>
  );
}
