import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { t } from '../strings';
import { Dialog } from './Dialog';
import { Field } from './Field';

/** Asks for a new token where the last one is over, with all that is open left as it is. */
export function TokenDialog({ renew, signOut }: { renew(token: string): void; signOut(): void }): JSX.Element {
  const [token, setToken] = useState('');
  return (
    <Dialog title={t.signIn.submit}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          renew(token.trim());
        }}
      >
        <p>{t.signIn.again}</p>
        <Field label={t.signIn.accessToken} value={token} changed={setToken} required secret first />
        <div class="buttons">
          <button type="button" class="button" onClick={signOut}>
            {t.bar.signOut}
          </button>
          <button type="submit" class="button primary">
            {t.signIn.submit}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
