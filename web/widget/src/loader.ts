import { storageKey } from '@customer-live-chat/sdk';
import { Listeners, publish } from './api';
import type { Context, Panel } from './context';
import { h, setText } from './dom';
import { createHost, keepInPage, style } from './host';
import { launchers } from './languages';
import { createLauncher, paint } from './launcher';
import { identityOf, readOptions, type Identity } from './options';
import { forgetStored, kept } from './stored';
import css from './launcher.css?inline';
import type { PanelStrings } from './strings/types';
import { isRightToLeft } from './words';

/** By the build: where the chat itself and the words of each language are, from this script. */
declare const __CHUNKS__: Readonly<Record<string, string>>;

// Known only while the script runs.
const script = document.currentScript;

// A second script tag is the same widget.
if (!(script instanceof HTMLScriptElement)) console.error('The chat is a classic script: without type="module".');
else if (!(window.LiveChat && 'open' in window.LiveChat)) start(script);

function start(script: HTMLScriptElement): void {
  const options = readOptions(script);
  const { host, root } = createHost(options.language, isRightToLeft(options.language) ? 'rtl' : 'ltr');
  host.classList.toggle('left', options.isLeft);
  paint(host, options.color);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const shade = (): void => void host.classList.toggle('dark', (options.theme ?? (dark.matches ? 'dark' : 'light')) === 'dark');
  dark.addEventListener('change', shade);
  shade();
  style(root, css);

  const listeners = new Listeners();
  const launcher = createLauncher(options, launchers[options.language], () => void load().then(toggle, failed), () => void load().catch(() => undefined));
  const note = h('div', { class: 'launch-note', role: 'status' });
  root.append(launcher.button, note);

  let loading: Promise<Panel> | undefined;
  let panel: Panel | undefined;
  let identity: Identity = options.identity;
  keepInPage(host, () => panel?.bodyChanged());
  publish({
    open: () => void load().then((loaded) => loaded.open(), failed),
    close: () => panel?.close(),
    identify(said) {
      identity = identityOf(said);
      panel?.identify(identity);
    },
    reset,
    on: (event, handler) => listeners.on(event, handler),
  });

  const storedKey = storageKey(options.rest);
  // Nothing is loaded for who has begun no chat, here or in another tab.
  const resume = (): void => void load().then((loaded) => loaded.resume(), report);
  const hasBegun = (stored: string | null): boolean => /"(conversationId|starting)"/.test(stored ?? '');
  if (hasBegun(kept(() => localStorage.getItem(storedKey)))) resume();
  window.addEventListener('storage', ({ key, newValue }) => {
    // Another tab, or the page itself, has forgotten the visitor: the next person sees nothing of this one here either.
    if (key === null || (key === storedKey && newValue === null)) reset();
    else if (key === storedKey && (panel || hasBegun(newValue))) resume();
  });

  function reset(): void {
    identity = {};
    if (panel) panel.reset();
    else forgetStored(options.rest);
  }

  function failed(error: unknown): void {
    report(error);
    setText(note, launchers[options.language].failed);
  }

  function toggle(loaded: Panel): void {
    if (launcher.button.ariaExpanded === 'true') loaded.close();
    else loaded.open();
  }

  function load(): Promise<Panel> {
    const from = (chunk: string): string => new URL(__CHUNKS__[chunk] ?? '', script.src).href;
    setText(note, '');
    loading ??= Promise.all([
      import(/* @vite-ignore */ from('panel')) as Promise<{ createPanel(context: Context, identity: Identity): Panel }>,
      import(/* @vite-ignore */ from(options.language)) as Promise<{ panel: PanelStrings }>,
    ]).then(
      ([{ createPanel }, { panel: strings }]) => (panel = createPanel({ options, strings, host, root, launcher, listeners }, identity)),
      (error: unknown) => {
        // Without a network at the moment: the next click tries again.
        loading = undefined;
        throw error;
      },
    );
    return loading;
  }
}

function report(error: unknown): void {
  console.error('The chat could not be loaded.', error);
}
