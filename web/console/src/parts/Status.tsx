import type { JSX } from 'preact';
import type { Desk } from '../state/desk';
import { t } from '../strings';
import { useSource } from './hooks';

type Shown = 'online' | 'offline' | 'out';

const nothing = (): (() => void) => () => undefined;

/** Whether the desk is connected, always to be seen. */
export function Status({ desk }: { readonly desk: Desk | null }): JSX.Element {
  const shown = useSource<Shown>(desk?.chat.subscribe ?? nothing, () => (!desk ? 'out' : desk.chat.state.connection === 'online' ? 'online' : 'offline'));
  return (
    <p role="status" class={`status ${shown}`}>
      {t.status[shown]}
    </p>
  );
}
