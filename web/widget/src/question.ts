import type { Context } from './context';
import { h } from './dom';

/** Asks once more before the chat ends. The focus stays within the question, and goes back to where it was. */
export function askToEnd({ strings }: Context, panel: HTMLElement, behind: readonly HTMLElement[], onEnd: () => void): void {
  const before = (panel.getRootNode() as ShadowRoot).activeElement;
  const cancel = h('button', { class: 'plain', type: 'button', onclick: close }, strings.cancel);
  const end = h('button', { class: 'primary', type: 'button', onclick: agreed }, strings.end);
  const words = h('p', { id: 'question' }, strings.endQuestion);
  const question = h('div', { class: 'question', role: 'alertdialog', 'aria-modal': 'true', 'aria-labelledby': 'question', onkeydown: pressed }, h('div', {}, words, cancel, end));
  for (const element of behind) element.inert = true;
  panel.append(question);
  cancel.focus();

  function close(): void {
    question.remove();
    for (const element of behind) element.inert = false;
    if (before instanceof HTMLElement) before.focus();
  }

  function agreed(): void {
    close();
    onEnd();
  }

  function pressed(event: Event): void {
    const { key } = event as KeyboardEvent;
    if (key === 'Escape') close();
    else if (key !== 'Tab') return;
    event.preventDefault();
    event.stopPropagation();
    if (key === 'Tab') ((cancel.getRootNode() as ShadowRoot).activeElement === cancel ? end : cancel).focus();
  }
}
