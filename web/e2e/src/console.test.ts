import { expect, test } from 'vitest';
import { seriousFindings, shot } from './browser';
import { Console } from './console';
import { Stage } from './stage';

// The console as a place to work in: by keyboard, on other screens, in other languages, in two windows.

const stage = new Stage('Chat:Queue:MaxConcurrentByAgent=3');

test('by keyboard alone', async () => {
  const visitor = await stage.visitor('Keys');
  const page = await stage.page();
  const agent = new Console(page, stage.server.rest);
  await page.goto(`${stage.server.rest}/console/`);
  await page.getByRole('textbox', { name: 'Agent ID' }).waitFor();
  await page.keyboard.type('keyboard');
  await page.keyboard.press('Tab');
  await page.keyboard.type('Key Board');
  await page.keyboard.press('Enter');
  await agent.queue.getByRole('listitem').filter({ hasText: 'Keys' }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  await shot(page, 'console-keys');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('a');
  await agent.chat('Keys').waitFor();
  await expect.poll(() => agent.message('Keys').evaluate((element) => element === document.activeElement)).toBe(true);
  await page.keyboard.type('typed');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('on two lines');
  await page.keyboard.press('Enter');
  await visitor.article('on two lines').waitFor();
  expect(await visitor.contents()).toEqual(['typed\non two lines']);

  await page.keyboard.press('Alt+x');
  await page.getByRole('dialog', { name: 'Close chat' }).waitFor();
  await page.keyboard.type('resolved');
  await page.keyboard.press('Enter');
  await visitor.page.getByText('This chat has ended').waitFor();
  await agent.chat('Keys').getByRole('button', { name: 'Dismiss' }).press('Enter');
  await agent.chat('Keys').waitFor({ state: 'detached' });
});

test('what is unread is counted in the title, and read when it is looked at', async () => {
  const agent = await stage.console('counting', 'Counting');
  const [one, two] = [await stage.visitor('Uno'), await stage.visitor('Dos')];
  await agent.accept('Uno');
  await agent.accept('Dos');
  await agent.message('Dos').focus();
  await one.say('first');
  await one.say('second');
  await expect.poll(() => agent.page.title()).toMatch(/^\(2\)/);
  await shot(agent.page, 'console-unread');
  expect(await one.log.getByText(/read/i).count()).toBe(0);
  await agent.message('Uno').focus();
  await expect.poll(() => agent.page.title()).not.toMatch(/^\(/);
  await one.article('second').filter({ hasText: /read/i }).waitFor();
  await two.say('to the other');
  await agent.article('Dos', 'to the other').waitFor();
});

test('two windows of one agent show the same', async () => {
  const visitor = await stage.visitor('Shared');
  const agent = await stage.console('twice', 'Twice');
  const second = new Console(await agent.page.context().newPage(), stage.server.rest);
  await second.page.goto(`${stage.server.rest}/console/`);
  await second.status.filter({ hasText: 'Connected' }).waitFor();
  await agent.accept('Shared');
  await second.chat('Shared').waitFor();
  await second.say('Shared', 'from the second window');
  await agent.article('Shared', 'from the second window').waitFor();
  await visitor.article('from the second window').waitFor();
  await visitor.say('heard');
  await Promise.all([agent.article('Shared', 'heard').waitFor(), second.article('Shared', 'heard').waitFor()]);
  expect(await visitor.contents()).toEqual(['from the second window', 'heard']);
  await agent.chat('Shared').getByRole('button', { name: 'Close chat' }).click();
  await agent.page.getByRole('dialog').getByRole('button', { name: 'Close chat' }).click();
  await second.chat('Shared').getByRole('button', { name: 'Dismiss' }).waitFor();
  await agent.chat('Shared').getByRole('button', { name: 'Dismiss' }).click();
  await second.chat('Shared').waitFor({ state: 'detached' });
});

test('what people write is text, and breaks no layout', async () => {
  const name = '<b>Ünsal & Söhne</b> ' + 'w'.repeat(100);
  const { conversationId } = await stage.server.post('/api/customer/sessions', {
    fingerprint: 'odd',
    displayName: name,
    contact: '<script>alert(1)</script>',
    channel: 'a'.repeat(50),
    metadata: { '<i>key</i>': '<img src=x onerror=alert(1)>', long: 'x'.repeat(500), list: [1, { deep: true }] },
  });
  const texts = ['<img src=x onerror=alert(1)>', 'w'.repeat(4000), 'مرحبا كيف الحال hello 123', '👩‍👩‍👧‍👦 🏳️‍🌈', 'one\n\n\nfour', 'javascript:alert(1) (https://example.org/a?b=1).'];
  for (const content of texts) await stage.server.post(`/api/customer/conversations/${conversationId}/messages`, { content });
  const agent = await stage.console('odd-agent', 'Odd');
  await agent.accept(name);
  await agent.article(name, 'example.org').waitFor();
  await shot(agent.page, 'console-odd-texts');

  expect(await agent.page.locator('img').count()).toBe(0);
  expect(await agent.page.getByRole('log').getByRole('link').evaluateAll((all) => all.map((one) => [one.getAttribute('href'), one.getAttribute('rel')]))).toEqual([
    ['https://example.org/a?b=1', 'noopener noreferrer nofollow'],
  ]);
  expect(await agent.page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth)).toBe(true);
  expect(await agent.chat(name).getByRole('log').evaluate((element) => element.scrollWidth <= element.clientWidth)).toBe(true);
  await agent.chat(name).getByRole('button', { name: 'Close chat' }).click();
  await agent.page.getByRole('dialog').getByRole('button', { name: 'Close chat' }).click();
  await agent.chat(name).getByRole('button', { name: 'Dismiss' }).click();
});

for (const [what, viewport, scale] of [['narrow', { width: 800, height: 700 }, 1], ['phone', { width: 390, height: 844 }, 1], ['zoom', { width: 640, height: 400 }, 2]] as const) {
  test(`on a ${what} screen everything is there`, async () => {
    await stage.visitor(`On ${what}`);
    const agent = await stage.console(`on-${what}`, 'On', { viewport, deviceScaleFactor: scale });
    await shot(agent.page, `console-${what}-queue`);
    await agent.accept(`On ${what}`);
    await agent.say(`On ${what}`, 'hello');
    await agent.sent(`On ${what}`, 'hello');
    await shot(agent.page, `console-${what}`);
    expect(await agent.page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth)).toBe(true);
    expect(await seriousFindings(agent.page)).toEqual([]);
  });
}

test('while the server is away the bar says so, and that nothing is lost by it', async () => {
  const agent = await stage.console('cut-off', 'Cut Off', { viewport: { width: 390, height: 844 } });
  // Said once: by the tab.
  expect(await agent.page.getByText('Queue', { exact: true }).filter({ visible: true }).count()).toBe(1);
  const words = agent.page.getByText('What you write is sent as soon as the connection is back.');
  expect(await words.count()).toBe(0);
  await agent.page.context().setOffline(true);
  await agent.status.filter({ hasText: /^Reconnecting$/ }).waitFor();
  await words.waitFor();
  await shot(agent.page, 'console-phone-offline');
  expect(await agent.page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth)).toBe(true);
  expect(await seriousFindings(agent.page)).toEqual([]);
  await agent.page.context().setOffline(false);
  await words.waitFor({ state: 'detached' });
});

test('a message that the server refuses says so, and goes out when it is tried again', async () => {
  const visitor = await stage.visitor('Refused');
  const agent = await stage.console('refusing', 'Refusing');
  await agent.accept('Refused');
  const refuse = { status: 422, contentType: 'application/problem+json', body: JSON.stringify({ code: 'validation', detail: 'Not like this.', status: 422 }) };
  await agent.page.route('**/messages', (route) => route.fulfill(refuse), { times: 1 });
  await agent.say('Refused', 'at first refused');
  await agent.article('Refused', 'at first refused').filter({ hasText: 'Not sent' }).waitFor();
  await shot(agent.page, 'console-not-sent');
  expect(await seriousFindings(agent.page)).toEqual([]);
  // Also after a reload; and it would be lost by a sign-out.
  await agent.page.reload();
  await agent.article('Refused', 'at first refused').filter({ hasText: 'Not sent' }).waitFor();
  await agent.page.getByRole('button', { name: 'Sign out' }).click();
  await agent.page.getByRole('dialog', { name: 'Sign out' }).getByRole('button', { name: 'Stay' }).click();
  await agent.article('Refused', 'at first refused').getByRole('button', { name: 'Try again' }).click();
  await agent.sent('Refused', 'at first refused');
  await visitor.article('at first refused').waitFor();
  expect(await agent.article('Refused', 'at first refused').count()).toBe(1);
});

for (const language of ['de', 'es', 'ar']) {
  test(`it speaks ${language}`, async () => {
    await stage.visitor(`Speaks ${language}`);
    const page = await stage.page();
    await page.goto(`${stage.server.rest}/console/?lang=${language}`);
    await page.getByRole('textbox').first().fill(`speaks-${language}`);
    await page.getByRole('textbox').nth(1).fill('Name');
    await page.keyboard.press('Enter');
    await page.getByRole('listitem').filter({ hasText: `Speaks ${language}` }).getByRole('button').click();
    await page.getByRole('log').waitFor();
    await page.getByRole('textbox').first().fill('100 %');
    await page.keyboard.press('Enter');
    await page.getByRole('article').filter({ hasText: '100 %' }).waitFor();
    await shot(page, `console-${language}`);
    expect(await page.evaluate(() => document.documentElement.dir)).toBe(language === 'ar' ? 'rtl' : 'ltr');
    expect(await seriousFindings(page)).toEqual([]);
  });
}

for (const [what, off] of [['ten minutes slow', -10 * 60_000], ['two years fast', 2 * 365 * 24 * 3600_000]] as const) {
  test(`times are right on a machine whose clock is ${what}`, async () => {
    const name = `Clock ${what}`;
    await stage.visitor(name);
    const page = await stage.page();
    await page.addInitScript((off) => {
      const Real = Date;
      window.Date = new Proxy(Real, {
        construct: (_, values: []) => (values.length ? new Real(...values) : new Real(Real.now() + off)),
        get: (_, key) => (key === 'now' ? () => Real.now() + off : (Reflect.get(Real, key) as unknown)),
      });
    }, off);
    const agent = new Console(page, stage.server.rest);
    await agent.signIn('off', 'Off');
    const row = agent.queue.getByRole('listitem').filter({ hasText: name });
    await row.locator('time').filter({ hasText: /^0:(0[1-9]|[1-5]\d)$/ }).waitFor();
    await agent.accept(name);
    await agent.chat(name).getByText('today', { exact: true }).waitFor();
    await agent.chat(name).getByRole('button', { name: 'Close chat' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Close chat' }).click();
    await agent.chat(name).getByRole('button', { name: 'Dismiss' }).click();
  });
}

test('three chats fit beside the queue wherever they are not tabs, and a name is not pushed out by what is unread', async () => {
  const agent = await stage.console('beside', 'Beside', { viewport: { width: 1000, height: 700 } });
  const ids: string[] = [];
  for (const name of ['Ada', 'Ben', 'Cleo']) {
    const { conversationId } = await stage.server.post('/api/customer/sessions', { fingerprint: name, displayName: name });
    ids.push(String(conversationId));
    await agent.accept(name);
  }
  await stage.server.post(`/api/customer/conversations/${ids[0]}/messages`, { content: 'Are you there?' });
  await agent.chat('Ada').getByText('1 unread').waitFor();
  expect(await agent.chats.evaluate((element) => element.scrollWidth <= element.clientWidth)).toBe(true);
  const whole = (element: Element): boolean => element.scrollWidth <= element.clientWidth;
  expect(await agent.chat('Ada').getByRole('heading').evaluate(whole)).toBe(true);
  await agent.page.setViewportSize({ width: 390, height: 844 });
  const tabs = agent.page.getByRole('navigation').getByRole('button');
  expect(await tabs.evaluateAll((all) => all.every((tab) => tab.scrollWidth <= tab.clientWidth))).toBe(true);
});
