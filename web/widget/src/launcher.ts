import { parseColor, textOn } from './color';
import { h, icon, setText, show } from './dom';
import { complain, type Options } from './options';
import type { LauncherStrings } from './strings/types';
import { counted, joined } from './words';

export interface Launcher {
  readonly button: HTMLButtonElement;
  setUnread(count: number): void;
  setExpanded(isExpanded: boolean): void;
}

/** The button in the corner. */
export function createLauncher(options: Options, strings: LauncherStrings, onClick: () => void, onIntent: () => void): Launcher {
  const badge = h('span', { class: 'badge', hidden: true, 'aria-hidden': 'true' });
  const button = h(
    'button',
    { class: 'launcher', type: 'button', 'aria-label': strings.launcher, 'aria-expanded': 'false', onclick: onClick, onpointerenter: onIntent, onfocus: onIntent },
    icon('M4 5h16v11H9l-5 4z'),
    badge,
  );
  return {
    button,
    setUnread(count) {
      show(badge, count > 0);
      setText(badge, count > 99 ? '99+' : String(count));
      const label = count > 0 ? joined(options.language, strings.launcher, counted(options.language, strings.unread, count)) : strings.launcher;
      if (button.ariaLabel !== label) button.ariaLabel = label;
    },
    setExpanded(isExpanded) {
      button.ariaExpanded = String(isExpanded);
    },
  };
}

/** The website's colour, for the launcher and the panel's head, with the text on it that can be read. */
export function paint(host: HTMLElement, color: string | null): void {
  if (color === null) return;
  const parsed = parseColor(color);
  if (!parsed) return complain('color', color, '#rgb, #rrggbb');
  host.style.setProperty('--lc-brand', `rgb(${parsed.join(' ')})`);
  host.style.setProperty('--lc-on-brand', textOn(parsed));
}
