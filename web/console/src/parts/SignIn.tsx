import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { SignedIn } from '../state/session';
import { t } from '../strings';
import { Field } from './Field';

interface Props {
  readonly last: SignedIn | null;
  readonly authentication: boolean;
  signIn(who: SignedIn): void;
}

export function SignIn({ last, authentication, signIn }: Props): JSX.Element {
  const [agentId, setAgentId] = useState(last?.agentId ?? '');
  const [displayName, setDisplayName] = useState(last?.displayName ?? '');
  const [token, setToken] = useState('');
  const submit = (event: Event): void => {
    event.preventDefault();
    signIn({ agentId: agentId.trim(), displayName: displayName.trim() || null, token: authentication ? token.trim() : null });
  };
  return (
    <main class="sign-in-page">
      <form class="card sign-in" onSubmit={submit}>
        <h1>{t.signIn.title}</h1>
        <Field label={t.signIn.agentId} value={agentId} changed={setAgentId} required first={!last} autocomplete="username" />
        <Field label={t.signIn.displayName} hint={t.signIn.displayNameHint} value={displayName} changed={setDisplayName} autocomplete="name" />
        {authentication && <Field label={t.signIn.accessToken} value={token} changed={setToken} required secret first={last !== null} />}
        <button type="submit" class="button primary">
          {t.signIn.submit}
        </button>
      </form>
    </main>
  );
}
