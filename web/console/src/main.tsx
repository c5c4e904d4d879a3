import { render } from 'preact';
import { App as AppView } from './parts/App';
import { App } from './state/app';
import { loadConfig } from './state/config';
import { options } from './state/options';
import { allowSound } from './state/sound';
import { writeOn } from './state/writing';
import { direction, locale, t } from './strings';
import './style/index.css';

document.documentElement.lang = locale;
document.documentElement.dir = direction;
document.title = t.console;

// A reload with the sound on needs one press or key before the browser lets it be heard.
addEventListener('pointerdown', () => options.value.sound && allowSound(), { once: true });
addEventListener('keydown', () => options.value.sound && allowSound(), { once: true });

writeOn();
const app = new App();
const root = document.getElementById('console');
if (root) render(<AppView app={app} />, root);
app.configured(await loadConfig(() => app.failed()));
