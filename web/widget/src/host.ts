/**
 * The element that the widget lives in. Its shadow root is open: a closed one protects nobody, and hides the chat from tools that check a page.
 */
export function createHost(language: string, direction: string): { host: HTMLElement; root: ShadowRoot } {
  const host = document.createElement('live-chat');
  host.lang = language;
  host.dir = direction;
  const root = host.attachShadow({ mode: 'open' });

  // What is typed here is none of the page's shortcuts.
  for (const type of ['keydown', 'keypress', 'keyup']) root.addEventListener(type, (event) => event.stopPropagation());
  return { host, root };
}

export function style(root: ShadowRoot, css: string): void {
  // Unlike a <style>, it is allowed by a page's Content-Security-Policy of style-src 'self'.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}

/**
 * Keeps the element at the end of the page's body, also when the page replaces its body or all that is in it.
 * @param changed after each change of what is in the body
 */
export function keepInPage(host: HTMLElement, changed: () => void): void {
  const root = host.shadowRoot;
  let focused: Element | null | undefined;
  // Later: an element that is taken out of the page loses the focus before it is put back.
  for (const event of ['focusin', 'focusout']) root?.addEventListener(event, () => setTimeout(() => (focused = root.activeElement)));
  const observer = new MutationObserver(place);
  observer.observe(document, { childList: true });
  place();

  function place(): void {
    const { documentElement, body } = document;
    // What is observed already is observed once.
    for (const node of [documentElement, body]) if (node as Node | null) observer.observe(node, { childList: true });
    if (!(body as Node | null)) return;
    if (host.parentNode !== body) {
      body.append(host);
      try {
        // Above everything, whatever z-index or transform the page uses.
        host.popover = 'manual';
        host.showPopover();
      } catch {
        // An older browser: the z-index has to do.
      }
      if (focused instanceof HTMLElement) focused.focus();
    }
    changed();
  }
}
