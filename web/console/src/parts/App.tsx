import type { JSX } from 'preact';
import type { App as AppModel } from '../state/app';
import { Alert } from './Alert';
import { Bar } from './Bar';
import { DeskView } from './DeskView';
import { SignIn } from './SignIn';
import { useStore } from './hooks';

export function App({ app }: { readonly app: AppModel }): JSX.Element {
  const { config, desk, last, alert } = useStore(app.state);
  return (
    <>
      <Alert desk={desk} other={alert} dismissed={() => app.dismissAlert()} />
      {desk && <DeskView key={last?.agentId ?? ''} app={app} desk={desk} />}
      {config && !desk && <SignIn last={last} authentication={config.authentication} signIn={(who) => app.signIn(who)} />}
      {!config && <main class="sign-in-page" />}
      <Bar app={app} desk={desk} />
    </>
  );
}
