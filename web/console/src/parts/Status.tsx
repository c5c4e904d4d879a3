import type { ConnectionState } from '@customer-live-chat/sdk';
import type { JSX } from 'preact';
import type { Desk } from '../state/desk';
import { t } from '../strings';
import { useSource } from './hooks';

const nothing = (): (() => void) => () => undefined;

/** `null` while nobody is signed in. */
export const useConnection = (desk: Desk | null): ConnectionState | null =>
  useSource(desk?.chat.subscribe ?? nothing, () => desk?.chat.state.connection ?? null);

/** Whether the desk is connected, always to be seen. */
export function Status({ desk }: { readonly desk: Desk | null }): JSX.Element {
  const connection = useConnection(desk);
  const shown = connection === null ? 'out' : connection === 'online' ? 'online' : 'offline';
  return (
    <p role="status" class={`status ${shown}`}>
      {t.status[shown]}
    </p>
  );
}
