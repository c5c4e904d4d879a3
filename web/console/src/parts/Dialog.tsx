import type { ComponentChildren, JSX } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';

interface Props {
  readonly title: string;
  readonly children: ComponentChildren;
  /** By Escape; one that must be answered stays. */
  cancelled?(): void;
}

/** Modal: the browser keeps the focus in it, and gives it back to where it was. */
export function Dialog({ title, children, cancelled }: Props): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useLayoutEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    return () => {
      element?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class="card dialog"
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        cancelled?.();
      }}
      onKeyDown={(event) => {
        // Chromium lets a second Escape close it past `cancel`.
        if (event.key !== 'Escape') return;
        event.preventDefault();
        cancelled?.();
      }}
    >
      <h2 id={heading}>{title}</h2>
      {children}
    </dialog>
  );
}
