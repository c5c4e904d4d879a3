import type { JSX } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { plainText } from '../state/plain-text';

interface Props {
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  changed(value: string): void;
  readonly required?: boolean;
  /** Has the focus at first. */
  readonly first?: boolean;
  /** Is not to be read over a shoulder. A password field would be no text box, and be offered to be kept. */
  readonly secret?: boolean;
  readonly longest?: number;
  readonly autocomplete?: 'username' | 'name';
}

const SECRET_LONGEST = 8192;

export function Field({ label, hint, value, changed, required, first, secret, longest = 200, autocomplete }: Props): JSX.Element {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (first) input.current?.focus();
  }, []);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        ref={input}
        id={id}
        type="text"
        dir={value === '' ? undefined : 'auto'}
        class={secret ? 'secret' : undefined}
        value={value}
        required={required ?? false}
        maxLength={secret ? SECRET_LONGEST : longest}
        autocomplete={autocomplete ?? 'off'}
        spellcheck={false}
        autocapitalize="off"
        aria-describedby={hint ? `${id}-hint` : undefined}
        onInput={(event) => changed(plainText(event.currentTarget))}
      />
      {hint && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
    </div>
  );
}
