import type { JSX } from 'preact';
import type { Desk } from '../state/desk';
import { t } from '../strings';
import { sentence } from '../words/fill';
import { namesTogether } from '../words/names';
import { Dialog } from './Dialog';
import { Words } from './Words';
import { useSource } from './hooks';

/** Asks before what was written is lost. To stay is the first answer. */
export function SignOutDialog({ desk, signOut }: { readonly desk: Desk; signOut(): void }): JSX.Element {
  const name = useSource(desk.chat.subscribe, () => namesTogether(desk.unsent()));
  const stay = (): void => desk.stay();
  return (
    <Dialog title={t.signOutDialog.title} cancelled={stay}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          stay();
        }}
      >
        <p>{name ? <Words of={sentence(t.signOutDialog.text, { name })} /> : t.signOutDialog.sent}</p>
        {desk.drafts.isAny && <p class="warning">{t.signOutDialog.drafts}</p>}
        <div class="buttons">
          <button type="button" class="button" onClick={signOut}>
            {t.bar.signOut}
          </button>
          <button type="submit" class="button primary" autofocus>
            {t.signOutDialog.stay}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
