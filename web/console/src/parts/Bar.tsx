import type { JSX } from 'preact';
import type { App } from '../state/app';
import type { Desk } from '../state/desk';
import { t } from '../strings';
import { fillCount } from '../words/fill';
import { agentName } from '../words/names';
import { Switches } from './Switches';
import { Status, useConnection } from './Status';
import { useDesk } from './hooks';

export function Bar({ app, desk }: { readonly app: App; readonly desk: Desk | null }): JSX.Element {
  const isLost = useConnection(desk) === 'offline';
  return (
    <footer class={isLost ? 'bar lost' : 'bar'}>
      <Status desk={desk} />
      {isLost && <span>{t.bar.offline}</span>}
      {desk && <Who desk={desk} />}
      {desk && <Switches desk={desk} signOut={() => app.askSignOut()} />}
    </footer>
  );
}

function Who({ desk }: { readonly desk: Desk }): JSX.Element | null {
  const agent = useDesk(desk, (state) => state.agent);
  const count = useDesk(desk, (state) => state.maxConcurrent);
  const held = useDesk(desk, (state) => state.conversations.filter((one) => !one.state.closed).length);
  if (!agent) return null;
  return (
    <>
      <span class="bar-agent" dir="auto">
        <strong>{agentName(agent)}</strong>
        {agent.displayName && agent.displayName !== agent.id && <span class="muted"> ({agent.id})</span>}
      </span>
      <span class="muted">{fillCount(t.bar.chats, count, { held })}</span>
    </>
  );
}
