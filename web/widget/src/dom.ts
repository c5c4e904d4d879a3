import { linksIn } from '@customer-live-chat/sdk';

type Props = Record<string, string | number | boolean | EventListener | undefined>;

/** Makes an element. `on…` are listeners, `class` and attributes are set as they are; text becomes text, never markup. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: (Node | string)[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/** A line drawing of 24 by 24, which is only to be seen. */
export function icon(path: string, mirrors = false): SVGSVGElement {
  const namespace = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(namespace, 'svg');
  const line = document.createElementNS(namespace, 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  if (mirrors) svg.classList.add('mirrors');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

/** A text whose web addresses can be followed; the page that one leads to learns nothing of this one. */
export const withLinks = (text: string): (Node | string)[] =>
  linksIn(text).map(({ text, href }) => (href === undefined ? text : h('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow' }, text)));

/** Writes only where something changes, so that live regions say only what is new. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function show(element: HTMLElement, isShown: boolean): void {
  if (element.hidden === isShown) element.hidden = !isShown;
}

/** Enter alone, and not the one that ends a composition: for that Safari says 229, and that none is going on. */
export function isEnter(event: Event): boolean {
  const { key, shiftKey, isComposing, keyCode } = event as KeyboardEvent;
  return key === 'Enter' && !shiftKey && !isComposing && keyCode !== 229;
}
