import type { JSX } from 'preact';
import type { Desk } from '../state/desk';
import { t } from '../strings';
import type { Sentence } from '../words/fill';
import { Icon } from './Icon';
import { Words } from './Words';
import { useSource } from './hooks';

interface Props {
  readonly desk: Desk | null;
  /** What is to be said while nobody is signed in. */
  readonly other: Sentence | null;
  dismissed(): void;
}

const nothing = (): (() => void) => () => undefined;

/** The one place for what went wrong. It is there before its text, so that a screen reader notices the text. */
export function Alert({ desk, other, dismissed }: Props): JSX.Element {
  const alert = useSource(desk?.view.subscribe ?? nothing, () => (desk ? desk.view.value.alert : other));
  return (
    <div class={alert ? 'alert shown' : 'alert'}>
      <div role="alert" class="alert-text">
        {alert && <Words of={alert} />}
      </div>
      {alert && (
        <button type="button" class="icon-button" aria-label={t.refused.dismiss} onClick={() => (desk ? desk.alert(null) : dismissed())}>
          <Icon name="cross" />
        </button>
      )}
    </div>
  );
}
