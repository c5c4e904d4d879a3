import type { Context } from './context';
import { h, isEnter, setText } from './dom';
import type { Identity } from './options';

export interface StartForm {
  readonly element: HTMLFormElement;
  focus(): void;
  /** What the website knows of the visitor, where the visitor has typed nothing yet. */
  fill(identity: Identity): void;
  setBusy(isBusy: boolean): void;
  setNote(note: string): void;
  clear(): void;
}

/** Who the visitor is, before the chat. Every field may be left empty. */
export function createStartForm({ options, strings }: Context, onStart: (name: string, contact: string) => void): StartForm {
  const name = h('input', { type: 'text', name: 'name', autocomplete: 'name', maxlength: 200, dir: 'auto' });
  const contact = h('input', { type: 'text', name: 'contact', autocomplete: 'email', maxlength: 200, dir: 'auto' });
  const button = h('button', { class: 'primary', type: 'button', onclick: submit }, strings.start);
  const note = h('div', { class: 'note', role: 'alert' });
  // No submit: in a frame whose sandbox forbids forms, nothing would be heard of one.
  const element = h('form', { class: 'start', novalidate: true, onsubmit: submit, onkeydown: pressed });
  if (options.asksName || options.asksContact) element.append(h('p', {}, strings.welcome));
  if (options.asksName) element.append(h('label', {}, strings.name, name));
  if (options.asksContact) element.append(h('label', {}, strings.contact, contact));
  element.append(note, button);

  function pressed(event: Event): void {
    if (event.target !== button && isEnter(event)) submit(event);
  }

  function submit(event: Event): void {
    event.preventDefault();
    if (button.ariaDisabled !== 'true') onStart(name.value.trim(), contact.value.trim());
  }

  return {
    element,
    focus: () => (element.querySelector('input') ?? button).focus(),
    fill(identity) {
      name.value ||= identity.name ?? '';
      contact.value ||= identity.contact ?? '';
    },
    setBusy(isBusy) {
      button.ariaDisabled = String(isBusy);
      setText(button, isBusy ? strings.starting : strings.start);
    },
    setNote: (text) => setText(note, text),
    clear() {
      name.value = contact.value = '';
      setText(note, '');
    },
  };
}
