import type { BrowserContextOptions, Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import { Agent } from './agent';
import { seriousFindings, shot } from './browser';
import { Server } from './server';
import { Stage } from './stage';
import { agentToken, withAuthentication } from './tokens';
import { Visitor } from './visitor';
import { website } from './website';

// The widget as a guest on pages that are not ours, on other devices, in other languages.

const stage = new Stage('Chat:Queue:MaxConcurrentByAgent=100');
let server: Server;
let agent: Agent;

beforeEach(() => {
  server = stage.server;
  agent = new Agent(server);
});

async function visit(address: string, options: BrowserContextOptions = {}): Promise<{ page: Page; visitor: Visitor }> {
  const page = await stage.page(options);
  await page.goto(address);
  return { page, visitor: new Visitor(page) };
}

const tag = (attributes = ''): string => `<script src="${server.rest}/widget.js" data-gateway="${server.gateway}" ${attributes} async></script>`;

test('a page with a strict policy and hostile styles has the same chat', async () => {
  const { rest, gateway } = server;
  const hostile = await website(
    `<!doctype html><html lang="en"><title>hostile</title>${tag('data-color="#ffd500" data-title="Lamps and more"')}<body><h1>Hostile</h1></body></html>`,
    `default-src 'none'; style-src 'self'; script-src ${rest}; connect-src ${rest} ${gateway} ${gateway.replace('http', 'ws')}; require-trusted-types-for 'script'`,
  );
  try {
    const { page, visitor } = await visit(hostile.address);
    // By the protocol: the page's own policy would forbid it.
    await page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(`* { all: unset !important; font-size: 40px !important; color: red !important; direction: rtl !important; position: static !important; display: inline !important; }
        live-chat, body { transform: rotate(8deg) !important; letter-spacing: 9px !important; visibility: hidden !important; z-index: -1 !important; text-transform: uppercase !important; }`);
      document.adoptedStyleSheets = [sheet];
    });
    await visitor.start('Hostile');
    await visitor.say('as anywhere');
    await visitor.sent('as anywhere');
    await shot(page, 'widget-hostile-page');

    const look = await visitor.article('as anywhere').evaluate((element) => {
      const { fontSize, direction, textTransform, letterSpacing } = getComputedStyle(element);
      return { fontSize, direction, textTransform, letterSpacing };
    });
    expect(look).toEqual({ fontSize: '15px', direction: 'ltr', textTransform: 'none', letterSpacing: 'normal' });
    expect(await visitor.launcher.evaluate((element) => [getComputedStyle(element).backgroundColor, getComputedStyle(element).color])).toEqual(['rgb(255, 213, 0)', 'rgb(0, 0, 0)']);
  } finally {
    hostile.stop();
  }
});

test('a page that replaces its body keeps the chat, and a second script tag is the same one', async () => {
  const site = await website(`<!doctype html><html lang="en"><title>site</title><body>${tag()}<p>one</p></body></html>`);
  try {
    const { page, visitor } = await visit(site.address);
    await visitor.start('Replaced');
    await visitor.message.fill('a draft');
    await page.evaluate(() => {
      const body = document.createElement('body');
      body.append('two');
      document.body.replaceWith(body);
    });
    await visitor.dialog.waitFor();
    // Whoever was writing writes on.
    await page.keyboard.type(', continued');
    expect(await visitor.message.inputValue()).toBe('a draft, continued');
    await page.evaluate(() => document.body.replaceChildren('three'));
    await visitor.dialog.waitFor();
    await page.evaluate(() => {
      const html = document.createElement('html');
      html.lang = 'en';
      html.append(document.createElement('head'), document.createElement('body'));
      document.documentElement.replaceWith(html);
    });
    await visitor.dialog.waitFor();
    await page.evaluate((src) => {
      const script = document.createElement('script');
      script.src = src;
      document.body.append(script);
      return new Promise((resolve) => (script.onload = resolve));
    }, `${server.rest}/widget.js`);

    expect(await page.locator('live-chat').count()).toBe(1);
    await visitor.say('still the same');
    await visitor.sent('still the same');
  } finally {
    site.stop();
  }
});

test('a page speaks with the chat, before it has loaded and after', async () => {
  const site = await website(`<!doctype html><html lang="en"><title>site</title><body><script>
    window.LiveChat = window.LiveChat || [];
    window.heard = [];
    for (const event of ['open', 'close', 'start', 'message', 'unread', 'end']) LiveChat.push(['on', event, (detail) => heard.push([event, detail && (detail.content ?? detail.by ?? typeof detail)])]);
    LiveChat.push(['identify', { name: 'Known Name', contact: 'known@example.org' }], () => LiveChat.open());
  </script>${tag()}</body></html>`);
  try {
    const { page, visitor } = await visit(site.address);
    await visitor.dialog.waitFor();
    expect(await visitor.name.inputValue()).toBe('Known Name');
    await page.getByRole('button', { name: 'Start chat' }).click();
    await visitor.status(/in line/).waitFor();
    const id = await agent.accept('Known Name');
    await visitor.log.getByText('has joined').waitFor();
    await page.evaluate('LiveChat.close()');
    await agent.send(id, 'hello');
    await page.getByRole('button', { name: 'Chat with us, 1 unread' }).waitFor();
    await agent.close(id, 'resolved');
    await expect.poll(() => page.evaluate('heard')).toEqual([
      ['open', undefined],
      ['start', 'object'],
      ['close', undefined],
      ['message', 'hello'],
      ['unread', 'number'],
      ['end', 'AGENT'],
    ]);

    await page.evaluate('LiveChat.reset()');
    await page.evaluate('LiveChat.open()');
    await visitor.name.waitFor();
    expect(await visitor.name.inputValue()).toBe('');
    expect(await page.evaluate(() => localStorage.length)).toBe(0);
  } finally {
    site.stop();
  }
});

test('another person at the same computer sees nothing of the one before', async () => {
  const { page, visitor } = await visit(`${server.rest}/demo/`);
  await page.evaluate("LiveChat.identify({ id: 'user-one', name: 'One' })");
  await visitor.start('One');
  await visitor.say('of one alone');
  await visitor.sent('of one alone');
  await page.evaluate("LiveChat.identify({ id: 'user-two', name: 'Two' })");
  await visitor.article('of one alone').waitFor({ state: 'detached' });
  await page.reload();
  await page.evaluate("LiveChat.identify({ id: 'user-two', name: 'Two' })");
  await visitor.start('Two');

  expect(await visitor.contents()).toEqual([]);
});

test('a visitor whom the page names at each load keeps the chat, also one that was begun before', async () => {
  const site = await website(`<!doctype html><html lang="en"><title>site</title><body>${tag()}</body></html>`);
  try {
    const { page, visitor } = await visit(site.address);
    await visitor.start('Unnamed');
    await visitor.say('before the sign-in');
    await visitor.sent('before the sign-in');
    const identify = "LiveChat.identify({ id: 'user-named', name: 'Named' })";
    await page.evaluate(identify);
    for (let load = 0; load < 2; load++) {
      await page.reload();
      await visitor.launcher.waitFor();
      await page.evaluate(identify);
      await visitor.launcher.click();
      await visitor.article('before the sign-in').waitFor();
    }
    await page.getByRole('button', { name: 'End chat' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'End chat' }).click();
    await page.getByRole('button', { name: 'Start a new chat' }).click();
    await page.getByRole('button', { name: 'Start chat' }).click();
    await visitor.say('as Named');
    await visitor.sent('as Named');
    const queue = await server.get<{ customerId: string; customerName: string }[]>('/api/agent/queue?size=100');
    expect(queue.find(({ customerId }) => customerId === 'user-named')?.customerName).toBe('Named');
    await page.reload();
    await page.evaluate(identify);
    await visitor.launcher.click();
    await visitor.article('as Named').waitFor();
  } finally {
    site.stop();
  }
});

test('by keyboard alone', async () => {
  const { page, visitor } = await visit(`${server.rest}/demo/`);
  await visitor.launcher.focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => visitor.name.evaluate((element) => element === (element.getRootNode() as ShadowRoot).activeElement)).toBe(true);
  await page.keyboard.type('Keyboard');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await visitor.status(/in line/).waitFor();
  await page.keyboard.type('typed');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('on two lines');
  await page.keyboard.press('Enter');
  await visitor.sent('on two lines');
  expect(await visitor.contents()).toEqual(['typed\non two lines']);

  // To End chat and away from it again.
  await page.getByRole('button', { name: 'End chat' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('alertdialog').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Escape');
  await page.getByRole('alertdialog').waitFor({ state: 'detached' });
  expect(await page.getByRole('button', { name: 'End chat' }).evaluate((element) => element === (element.getRootNode() as ShadowRoot).activeElement)).toBe(true);
  await page.keyboard.press('Escape');
  await visitor.dialog.waitFor({ state: 'hidden' });
  expect(await visitor.launcher.evaluate((element) => element === (element.getRootNode() as ShadowRoot).activeElement)).toBe(true);
});

test('keys that are typed in the chat are none of the page', async () => {
  const { page, visitor } = await visit(`${server.rest}/demo/`);
  await page.evaluate('window.keys = []; document.addEventListener("keydown", (event) => keys.push(event.key))');
  await visitor.start('Keys');
  await visitor.message.pressSequentially('/?j');

  expect(await page.evaluate('keys')).toEqual([]);
});

test('the Enter that ends a composition of Safari sends nothing', async () => {
  const { page, visitor } = await visit(`${server.rest}/demo/`);
  await visitor.start('Composed');
  await visitor.message.fill('にほんご');
  const enter = (keyCode: number): Promise<void> =>
    visitor.message.evaluate((field, keyCode) => void field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', keyCode, bubbles: true, composed: true, cancelable: true })), keyCode);
  await enter(229);
  expect(await visitor.message.inputValue()).toBe('にほんご');
  await enter(13);
  await visitor.sent('にほんご');
  expect(await page.locator('article').count()).toBe(1);
});

test('its theme is the one of the page, and else of the system', async () => {
  const site = await website(`<!doctype html><html lang="en"><title>site</title><body>${tag('data-theme="light"')}</body></html>`);
  try {
    const background = (visitor: Visitor): Promise<string> => visitor.dialog.evaluate((element) => getComputedStyle(element).backgroundColor);
    const light = await visit(site.address, { colorScheme: 'dark' });
    await light.visitor.launcher.click();
    expect(await background(light.visitor)).toBe('rgb(255, 255, 255)');
    const { page, visitor } = await visit(`${server.rest}/demo/`, { colorScheme: 'light' });
    await visitor.launcher.click();
    expect(await background(visitor)).toBe('rgb(255, 255, 255)');
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(() => background(visitor)).toBe('rgb(20, 22, 26)');
  } finally {
    site.stop();
  }
});

test('in a frame that may send no forms it works as anywhere', async () => {
  const inner = await website(`<!doctype html><html lang="en"><title>inner</title><body>${tag()}</body></html>`);
  const site = await website(`<!doctype html><html lang="en"><title>site</title><body><iframe sandbox="allow-scripts allow-same-origin" src="${inner.address}" width="700" height="700"></iframe></body></html>`);
  try {
    const { page } = await visit(site.address);
    const frame = page.frameLocator('iframe');
    await frame.getByRole('button', { name: 'Chat with us' }).click();
    await frame.getByRole('textbox', { name: 'Your name' }).fill('Framed');
    await page.keyboard.press('Enter');
    await frame.getByRole('status').filter({ hasText: /in line/ }).waitFor();
  } finally {
    site.stop();
    inner.stop();
  }
});

test('a web address can be followed, and nothing else can', async () => {
  const { page, visitor } = await visit(`${server.rest}/demo/`);
  await visitor.start('Linked');
  await visitor.say('see https://example.org/a?b=1. javascript:alert(1)');
  await visitor.sent('see https');
  expect(await page.locator('article a').evaluateAll((all) => all.map((one) => [(one as HTMLAnchorElement).href, (one as HTMLAnchorElement).rel, (one as HTMLAnchorElement).target]))).toEqual([
    ['https://example.org/a?b=1', 'noopener noreferrer nofollow', '_blank'],
  ]);
  expect(await visitor.contents()).toEqual(['see https://example.org/a?b=1. javascript:alert(1)']);
});

test('a network that lets no WebSocket through has another way', async () => {
  const page = await stage.page();
  await page.addInitScript(() => {
    window.WebSocket = function () {
      throw new DOMException('not here', 'SecurityError');
    } as unknown as typeof WebSocket;
  });
  await page.goto(`${server.rest}/demo/`);
  const visitor = new Visitor(page);
  await visitor.start('Polling');
  const id = await agent.accept('Polling');
  await visitor.log.getByText('has joined').waitFor();
  await agent.send(id, 'by long polling');
  await visitor.article('by long polling').waitFor();
  await visitor.say('and back');
  await visitor.sent('and back');
  await agent.close(id, 'resolved');
  await page.getByText('This chat has ended').waitFor();
});

test('what a page says wrongly is told in the console, and breaks nothing', async () => {
  const site = await website(`<!doctype html><html lang="en"><title>site</title><body>${tag('data-color="rgb(1,2,3)" data-title="" data-identity=" " data-position="bottom" data-theme="blue" data-fields="name,shoe" data-rest="ftp://nowhere"')}<p>one</p></body></html>`);
  try {
    const page = await stage.page();
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    await page.goto(site.address);
    const visitor = new Visitor(page);
    await page.evaluate("LiveChat.push(['nope', 1], ['identify', null], ['identify'], ['identify', 'nobody'], ['identify', { id: 5, name: 'n'.repeat(300), contact: {} }], ['identify', { id: ' ' }]); LiveChat.identify(null)");
    await visitor.start('Wrongly');
    expect(said.filter((line) => line.includes('nope'))).toHaveLength(1);
    for (const name of ['color', 'position', 'theme', 'fields', 'rest']) expect(said.filter((line) => line.includes(`data-${name}=`))).toHaveLength(1);
    await page.getByRole('heading', { name: 'Chat' }).waitFor();
  } finally {
    site.stop();
  }
});

test('on a phone it takes the whole screen, and the page behind it waits', async () => {
  const { page, visitor } = await visit(`${server.rest}/demo/`, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await visitor.launcher.click();
  await visitor.name.waitFor();
  await shot(page, 'widget-phone-start');
  expect(await visitor.dialog.getAttribute('aria-modal')).toBe('true');
  expect(await page.locator('main').evaluate((element) => (element as HTMLElement).inert)).toBe(true);
  const box = await visitor.dialog.boundingBox();
  expect([box?.x, box?.y, box?.width, box?.height]).toEqual([0, 0, 390, 844]);
  expect(parseFloat(await visitor.name.evaluate((element) => getComputedStyle(element).fontSize))).toBeGreaterThanOrEqual(16);
  await visitor.name.fill('Phone');
  await page.getByRole('button', { name: 'Start chat' }).click();
  await visitor.say('from a phone');
  await visitor.sent('from a phone');
  await shot(page, 'widget-phone-chat');
  expect(await visitor.launcher.isVisible()).toBe(false);
  // What the page puts in the place of its body waits as well.
  await page.evaluate(() => {
    const body = document.createElement('body');
    body.append(...document.body.querySelectorAll(':scope > :not(live-chat)'));
    document.body.replaceWith(body);
    body.append(document.createElement('aside'));
  });
  await expect.poll(() => page.locator('main, aside').evaluateAll((all) => all.map((element) => (element as HTMLElement).inert))).toEqual([true, true]);
  await page.getByRole('button', { name: 'Close' }).click();
  expect(await page.locator('main').evaluate((element) => (element as HTMLElement).inert)).toBe(false);
});

test('what people write is text, and breaks no layout', async () => {
  const { page, visitor } = await visit(`${server.rest}/demo/`);
  const texts = ['<img src=x onerror=alert(1)><b>bold</b>', 'w'.repeat(4000), 'مرحبا كيف الحال hello 123', '👩‍👩‍👧‍👦 🏳️‍🌈 ‮gnihtyreve', 'eins\n\n\nvier'];
  await visitor.start('<b>Marked</b>');
  for (const text of texts) {
    await visitor.say(text);
    await visitor.sent(text.slice(0, 20).split('\n')[0] ?? '');
  }
  const id = await agent.accept('<b>Marked</b>');
  await agent.send(id, texts[0] ?? '');
  await visitor.article('bold').nth(1).waitFor();
  await shot(page, 'widget-odd-texts');

  expect(await visitor.contents()).toEqual([...texts, texts[0]]);
  expect(await page.locator('live-chat img').count()).toBe(0);
  expect(await visitor.log.evaluate((element) => element.scrollWidth <= element.clientWidth)).toBe(true);
});

for (const [language, launcher, direction] of [['de', 'Chat mit uns', 'ltr'], ['es', 'Chatee con nosotros', 'ltr'], ['ar', 'تحدث معنا', 'rtl']] as const) {
  test(`it speaks ${language}`, async () => {
    const site = await website(`<!doctype html><html lang="en"><title>site</title><body>${tag(`data-language="${language}"`)}</body></html>`);
    try {
      const { page, visitor } = await visit(site.address);
      await page.getByRole('button', { name: launcher }).click();
      await page.getByRole('textbox').first().fill(`Person ${language}`);
      await page.keyboard.press('Enter');
      await visitor.page.locator('live-chat .status').filter({ hasText: /\d|[٠-٩]/ }).waitFor();
      await page.getByRole('textbox').fill('100 % 😀');
      await page.keyboard.press('Enter');
      const id = await agent.accept(`Person ${language}`);
      await agent.send(id, 'answer');
      await page.locator('live-chat article').nth(1).waitFor();
      await shot(page, `widget-${language}`);
      expect(await page.locator('live-chat [role=dialog]').evaluate((element) => getComputedStyle(element).direction)).toBe(direction);
      expect(await seriousFindings(page)).toEqual([]);
    } finally {
      site.stop();
    }
  });
}

test('a storage that is forbidden costs only that nothing is resumed', async () => {
  const page = await stage.page();
  await page.addInitScript(() => {
    for (const storage of ['localStorage', 'sessionStorage'])
      Object.defineProperty(window, storage, {
        get() {
          throw new DOMException('forbidden', 'SecurityError');
        },
      });
  });
  const visitor = new Visitor(page);
  await page.goto(`${server.rest}/demo/`);
  await visitor.start('Forbidden');
  await visitor.say('works');
  await visitor.sent('works');
  await page.reload();
  await visitor.launcher.click();
  await visitor.name.waitFor();
});

test('a storage that is full costs only what it would have kept', async () => {
  const page = await stage.page();
  await page.addInitScript(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
  });
  const visitor = new Visitor(page);
  await page.goto(`${server.rest}/demo/`);
  await visitor.start('Full');
  await visitor.message.fill('a draft that cannot be kept');
  await visitor.say('works all the same');
  await visitor.sent('works all the same');
});

test('a clock that is years off changes no order and shows the time of the server', async () => {
  const page = await stage.page();
  await page.clock.setSystemTime(new Date('2031-02-03T04:05:06Z'));
  const visitor = new Visitor(page);
  await page.goto(`${server.rest}/demo/`);
  await visitor.start('Clock');
  await visitor.say('one');
  await visitor.sent('one');
  const id = await agent.accept('Clock');
  await agent.send(id, 'two');
  await visitor.article('two').waitFor();
  await visitor.say('three');
  await visitor.sent('three');

  expect(await visitor.contents()).toEqual(['one', 'two', 'three']);
  expect(await visitor.log.locator('time').evaluateAll((times) => times.map((time) => time.getAttribute('datetime')?.slice(0, 4)))).not.toContain('2031');
});

test('without a network at the first press it says so, and the next press tries again', async () => {
  const { page, visitor } = await visit(`${server.rest}/demo/`);
  await visitor.launcher.waitFor();
  await page.context().setOffline(true);
  await visitor.launcher.click();
  await visitor.status('No connection').waitFor();
  await shot(page, 'widget-not-loaded');
  await page.context().setOffline(false);
  await visitor.launcher.click();
  await visitor.name.waitFor();
  expect(await visitor.status('No connection').count()).toBe(0);
});

test('history is loaded as the visitor scrolls up, and stays where it is', async () => {
  const { page, visitor } = await visit(`${server.rest}/demo/`);
  await visitor.start('Long');
  const id = await agent.accept('Long');
  for (let i = 0; i < 130; i++) await agent.send(id, `line ${i}.`);
  await visitor.article('line 129.').waitFor();
  await page.reload();
  await visitor.launcher.click();
  await visitor.article('line 129.').waitFor();
  for (let had = 0; !(await visitor.contents()).includes('line 0.'); had = await visitor.log.getByRole('article').count()) {
    await visitor.log.evaluate((element) => element.scrollTo(0, 0));
    await visitor.log.getByRole('article').nth(had).waitFor();
    await expect.poll(() => visitor.log.evaluate((element) => element.scrollTop)).toBeGreaterThan(0);
  }

  expect(await visitor.contents()).toEqual(Array.from({ length: 130 }, (_, i) => `line ${i}.`));
  // The last word stays in view, whatever comes below it.
  await visitor.log.evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await agent.close(id, 'resolved');
  await page.getByText('This chat has ended').waitFor();
  await expect.poll(() => visitor.log.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight)).toBeLessThan(2);
});

test('with authentication on, a visitor needs none and keeps its chat', async () => {
  const strict = await Server.start(...withAuthentication);
  try {
    const { page, visitor } = await visit(`${strict.rest}/demo/`);
    await visitor.start('Anonymous');
    await visitor.say('let in');
    await visitor.sent('let in');
    const jane = new Agent(strict, 'jane', 'Jane', { authorization: `Bearer ${agentToken('jane', 'Jane')}` });
    const id = await jane.accept('Anonymous');
    await jane.send(id, 'welcome');
    await visitor.article('welcome').waitFor();
    await page.reload();
    await visitor.launcher.click();
    await visitor.article('welcome').waitFor();
    await visitor.say('still me');
    await visitor.sent('still me');
    expect(await jane.said(id, 'CUSTOMER')).toEqual(['let in', 'still me']);
  } finally {
    await strict.stop();
  }
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`nothing serious is found by axe, ${colorScheme}`, async () => {
    const { page, visitor } = await visit(`${server.rest}/demo/`, { colorScheme });
    await visitor.launcher.click();
    await visitor.name.waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await visitor.name.fill(`Axe ${colorScheme}`);
    await page.getByRole('button', { name: 'Start chat' }).click();
    await visitor.say('hello');
    await visitor.sent('hello');
    const id = await agent.accept(`Axe ${colorScheme}`);
    await agent.send(id, 'hello back');
    await visitor.article('hello back').waitFor();
    await shot(page, `widget-${colorScheme}`);
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'End chat' }).click();
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('alertdialog').getByRole('button', { name: 'End chat' }).click();
    await page.getByText('This chat has ended').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.goto(server.rest);
    await shot(page, `front-${colorScheme}`);
    expect(await seriousFindings(page)).toEqual([]);
  });
}

test('at 200 % zoom everything is there', async () => {
  const { page, visitor } = await visit(`${server.rest}/demo/`, { viewport: { width: 640, height: 360 }, deviceScaleFactor: 2 });
  await visitor.start('Zoom');
  await visitor.say('large');
  await visitor.sent('large');
  await shot(page, 'widget-zoom');
  const box = await visitor.dialog.boundingBox();
  expect(box && box.x >= 0 && box.y >= 0 && box.x + box.width <= 640 && box.y + box.height <= 360).toBe(true);
});
