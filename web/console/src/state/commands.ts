import { customerName } from '../words/names';
import type { Desk } from './desk';
import { QUEUE, focusLog, isField } from './focus';
import { commandOf, type Command } from './keys';
import { options } from './options';
import { stepTo } from './steps';
import { switchSound } from './switches';
import { Typing } from './typing';

/** Listens to the keys of a desk. */
export function listenToKeys(desk: Desk): () => void {
  const typing = new Typing();
  const pressed = (event: KeyboardEvent): void => {
    if (desk.view.value.dialog) return;
    const { activeElement } = document;
    const inField = isField(activeElement);
    const isOver = typing.pressed(inField ? activeElement : null, event.timeStamp);
    if (event.defaultPrevented) return;
    const command = commandOf(event, {
      inField,
      inQueue: document.getElementById(QUEUE)?.contains(activeElement) === true,
      onControl: activeElement instanceof HTMLButtonElement,
      singleKeys: options.value.singleKeys && isOver,
    });
    if (!command) return;
    event.preventDefault();
    // A key that is held moves on, but does nothing else twice.
    if (!event.repeat || command.type === 'move' || command.type === 'step') obey(desk, command);
  };
  document.addEventListener('keydown', pressed);
  return () => document.removeEventListener('keydown', pressed);
}

function obey(desk: Desk, command: Command): void {
  const { conversations } = desk.chat.state;
  const { current } = desk.view.value;
  switch (command.type) {
    case 'chat': {
      const chat = conversations[command.index];
      return chat && desk.go(chat.id);
    }
    case 'step': {
      const from = conversations.findIndex((one) => one.id === current);
      const next = stepTo(conversations, from, command.by, (one) => !command.unread || one.state.unread > 0);
      return next && desk.go(next.id);
    }
    case 'move':
      return moveInQueue(command.by);
    case 'queue':
      return desk.goToQueue();
    case 'accept':
      return acceptMarked(desk);
    case 'close': {
      const chat = desk.conversation(current);
      return chat && !chat.state.closed ? desk.show({ kind: 'close', id: chat.id }) : undefined;
    }
    case 'leave':
      if (isField(document.activeElement) && current !== null) return focusLog(current);
      return desk.alert(null);
    case 'sound':
      return switchSound();
    case 'list':
      return desk.show({ kind: 'keys' });
  }
}

const acceptButtons = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(`#${QUEUE} [data-accept]`)];

function moveInQueue(by: 1 | -1): void {
  const buttons = acceptButtons();
  const at = buttons.indexOf(document.activeElement as HTMLElement);
  const next = at < 0 ? (by > 0 ? 0 : buttons.length - 1) : Math.min(Math.max(at + by, 0), buttons.length - 1);
  buttons[next]?.focus();
}

function acceptMarked(desk: Desk): void {
  const id = acceptButtons().find((button) => button === document.activeElement)?.dataset.accept;
  const { queue } = desk.chat.state;
  // Pressed again out of impatience, it does not take the next one too.
  const first = desk.view.value.accepting.size === 0 ? queue[0] : undefined;
  const entry = queue.find((one) => one.conversationId === id) ?? first;
  if (entry) void desk.accept(entry.conversationId, customerName(entry.customerId, entry.customerName));
}
