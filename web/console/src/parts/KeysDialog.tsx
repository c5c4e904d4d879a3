import type { JSX } from 'preact';
import { options, setOptions } from '../state/options';
import { t } from '../strings';
import { Dialog } from './Dialog';
import { useStore } from './hooks';

/** Each row: what does it, one or the other. */
const keys: readonly (readonly [readonly string[], string])[] = [
  [['Alt+1', 'Alt+2', 'Alt+3'], t.keys.chat],
  [['Alt+↑', 'Alt+↓'], t.keys.nextChat],
  [['Alt+Shift+↓'], t.keys.nextUnread],
  [['Q', 'Alt+Q'], t.keys.queue],
  [['J', 'K', '↓', '↑'], t.keys.move],
  [['A', 'Enter'], t.keys.accept],
  [['Enter', 'Shift+Enter'], t.keys.send],
  [['PageUp', 'PageDown'], t.keys.scroll],
  [['Alt+X'], t.keys.closeChat],
  [['Escape'], t.keys.leave],
  [['M'], t.keys.sound],
  [['?'], t.keys.list],
];

export function KeysDialog({ closed }: { closed(): void }): JSX.Element {
  const { singleKeys } = useStore(options);
  return (
    <Dialog title={t.keys.title} cancelled={closed}>
      <table class="keys">
        <thead class="hidden">
          <tr>
            <th scope="col">{t.keys.key}</th>
            <th scope="col">{t.keys.does}</th>
          </tr>
        </thead>
        <tbody>
          {keys.map(([which, does]) => (
            <tr key={does}>
              <th scope="row">
                {which.map((key) => (
                  <kbd key={key} dir="ltr">
                    {key}
                  </kbd>
                ))}
              </th>
              <td>{does}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <label class="check">
        <input type="checkbox" checked={singleKeys} onChange={(event) => setOptions({ singleKeys: event.currentTarget.checked })} />
        {t.keys.single}
      </label>
      <div class="buttons">
        <button type="button" class="button primary" autofocus onClick={closed}>
          {t.keys.close}
        </button>
      </div>
    </Dialog>
  );
}
