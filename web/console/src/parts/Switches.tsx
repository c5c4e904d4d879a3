import type { JSX } from 'preact';
import type { Desk } from '../state/desk';
import { options } from '../state/options';
import { switchNotifications, switchSound } from '../state/switches';
import { t } from '../strings';
import { sentence } from '../words/fill';
import { Icon } from './Icon';
import { useStore } from './hooks';

/** What an agent sets while at work. */
export function Switches({ desk, signOut }: { readonly desk: Desk; signOut(): void }): JSX.Element {
  const { sound, notifications } = useStore(options);
  const onOff = (is: boolean): string => (is ? t.bar.on : t.bar.off);
  const notify = async (): Promise<void> => {
    if (!(await switchNotifications())) desk.alert(sentence(t.bar.notificationsDenied));
  };
  return (
    <div class="switches">
      <button type="button" class="text-button" aria-pressed={sound} onClick={switchSound}>
        <Icon name={sound ? 'sound' : 'silent'} />
        {t.bar.sound} <span aria-hidden="true">{onOff(sound)}</span>
      </button>
      <button type="button" class="text-button" aria-pressed={notifications} onClick={() => void notify()}>
        <Icon name="bell" />
        {t.bar.notifications} <span aria-hidden="true">{onOff(notifications)}</span>
      </button>
      <button type="button" class="text-button" onClick={() => desk.show({ kind: 'keys' })}>
        <kbd aria-hidden="true">?</kbd>
        <span class="keys-word">{t.bar.keys}</span>
      </button>
      <button type="button" class="text-button" onClick={signOut}>
        {t.bar.signOut}
      </button>
    </div>
  );
}
