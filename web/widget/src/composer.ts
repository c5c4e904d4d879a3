import type { Context } from './context';
import { h, icon, isEnter, setText, show } from './dom';
import { counted } from './words';

const LONGEST = 4000;

export interface Composer {
  readonly element: HTMLElement;
  text: string;
  focus(): void;
  /** What was typed when the chat ended can still be read and copied. */
  end(isEnded: boolean): void;
  setNote(text: string): void;
  /** How many messages came below what is seen. */
  setNew(count: number): void;
}

/** The message, the button that sends it, and the one that leads to what is new. */
export function createComposer(
  { options, strings }: Context,
  on: { send(text: string): boolean; input(text: string): void; toEnd(): void },
): Composer {
  const note = h('div', { class: 'note', role: 'alert' });
  const field = h('textarea', { rows: 1, 'aria-label': strings.message, placeholder: strings.message, enterkeyhint: 'send', dir: 'auto', oninput: changed, onkeydown: pressed });
  const more = h('button', { class: 'more', type: 'button', hidden: true, onclick: () => on.toEnd() });
  const button = h('button', { class: 'primary', type: 'button', 'aria-label': strings.send, onclick: send }, icon('M5 12h13M12 5l7 7-7 7', true));
  const element = h('div', { class: 'composer' }, more, field, button);
  const whole = h('div', { class: 'writer' }, note, element);

  function changed(): void {
    fit();
    on.input(field.value);
  }

  function pressed(event: Event): void {
    if (!isEnter(event)) return;
    event.preventDefault();
    send();
  }

  function send(): void {
    if (field.readOnly) return;
    // The server takes no U+0000.
    const text = field.value.replaceAll('\0', '').trim();
    setText(note, text.length > LONGEST ? strings.tooLong : '');
    if (text.length > 0 && text.length <= LONGEST && on.send(text)) {
      field.value = '';
      changed();
    }
    // A phone's keyboard stays.
    field.focus();
  }

  function fit(): void {
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight + 2}px`;
  }

  return {
    element: whole,
    get text() {
      return field.value;
    },
    set text(text) {
      field.value = text;
      setText(note, '');
      fit();
    },
    focus: () => field.focus(),
    end(isEnded) {
      field.readOnly = isEnded;
      show(button, !isEnded);
      show(whole, !isEnded || field.value !== '');
      if (isEnded && field.value) setText(note, strings.notSent);
    },
    setNote: (text) => setText(note, text),
    setNew(count) {
      show(more, count > 0);
      if (count > 0) setText(more, counted(options.language, strings.newMessages, count));
    },
  };
}
