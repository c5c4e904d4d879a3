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

/** Keeps the element at the end of the page's body, also when the page replaces its body or all that is in it. */
export function keepInPage(host: HTMLElement): void {
  let body: HTMLElement | null = null;
  const observer = new MutationObserver(place);
  observer.observe(document.documentElement, { childList: true });
  place();

  function place(): void {
    if (document.body !== body) {
      body = document.body;
      if (body) observer.observe(body, { childList: true });
    }
    if (!body || host.parentNode === body) return;

    body.append(host);
    try {
      // Above everything, whatever z-index or transform the page uses.
      host.popover = 'manual';
      host.showPopover();
    } catch {
      // An older browser: the z-index has to do.
    }
  }
}
