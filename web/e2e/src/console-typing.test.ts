import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { shot } from './browser';
import type { Console } from './console';
import { Stage } from './stage';

// No key is lost or moved, whatever the page is busy with: every pause in which one could fall is made long here.

const stage = new Stage();

/** A page whose frames come late, as on a machine that has other work. */
async function withLateFrames(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.requestAnimationFrame = (run) => window.setTimeout(() => run(performance.now()), 300);
    window.cancelAnimationFrame = (id) => window.clearTimeout(id);
  });
}

/** Holds what goes to this address. @returns what lets it go */
async function hold(page: Page, address: string): Promise<() => void> {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  await page.route(address, async (held) => {
    await opened;
    // The page that asked may be gone.
    await held.continue().catch(() => undefined);
  });
  return open;
}

const hasFocus = (agent: Console, customer: string): Promise<boolean> => agent.message(customer).evaluate((element) => element === document.activeElement);

test('what was typed is there after a reload, and also when the customer has ended the chat', async () => {
  const visitor = await stage.visitor('Returned');
  const agent = await stage.console('returning', 'Returning');
  await agent.accept('Returned');
  await stage.server.post('/api/customer/sessions', { fingerprint: 'another', displayName: 'Another' });
  await withLateFrames(agent.page);
  await agent.message('Returned').pressSequentially('half ');
  await agent.page.reload();
  // Whoever types on types into the field, and not on keys that would accept the next customer.
  await agent.page.keyboard.type('a draft that is written while the page comes up', { delay: 20 });
  await expect.poll(() => agent.message('Returned').inputValue()).toBe('half a draft that is written while the page comes up');
  expect(await hasFocus(agent, 'Returned')).toBe(true);
  expect(await agent.chats.getByRole('region').count()).toBe(1);
  await visitor.page.getByRole('button', { name: 'End chat' }).click();
  await visitor.page.getByRole('alertdialog').getByRole('button', { name: 'End chat' }).click();
  await agent.chat('Returned').getByRole('button', { name: 'Dismiss' }).waitFor();
  await agent.page.getByText('half a draft').first().waitFor();
  await shot(agent.page, 'console-ended-draft');
});

test('what is typed before the page has its scripts, and before the server answers, is for the field', async () => {
  await stage.visitor('Patient');
  const agent = await stage.console('slow', 'Slow');
  await agent.accept('Patient');
  await agent.message('Patient').pressSequentially('one ');
  const script = await hold(agent.page, '**/console/assets/*.js');
  const config = await hold(agent.page, '**/pages/config.json');
  await agent.page.reload({ waitUntil: 'commit' });
  await agent.page.waitForFunction(() => document.activeElement !== document.body);
  await agent.page.keyboard.type('two ');
  script();
  await agent.page.waitForLoadState('load');
  await agent.page.keyboard.type('threx');
  await agent.page.keyboard.press('Backspace');
  await agent.page.keyboard.type('e ');
  // Anew, in the middle of it.
  await agent.page.reload();
  await agent.page.keyboard.type('four');
  config();
  await expect.poll(() => agent.message('Patient').inputValue()).toBe('one two three four');
  expect(await hasFocus(agent, 'Patient')).toBe(true);
});

test('what is typed while a chat is being accepted is the beginning of the first answer', async () => {
  await stage.visitor('Awaited');
  await stage.visitor('Next in line');
  const agent = await stage.console('quick', 'Quick', { viewport: { width: 390, height: 844 } });
  const accepted = await hold(agent.page, '**/accept');
  await agent.queue.getByRole('button', { name: 'Accept Awaited' }).press('a');
  await agent.page.keyboard.type('Good morning, just a quick question ');
  accepted();
  await agent.page.keyboard.type('about it');
  await expect.poll(() => agent.message('Awaited').inputValue()).toBe('Good morning, just a quick question about it');
  expect(await hasFocus(agent, 'Awaited')).toBe(true);
  await agent.page.getByRole('button', { name: 'Queue' }).click();
  await agent.queue.getByRole('button', { name: 'Accept Next in line' }).waitFor();
});

test('the focus is in the field as soon as a chat is gone to', async () => {
  await stage.visitor('Left');
  await stage.visitor('Right');
  const agent = await stage.console('between', 'Between', { viewport: { width: 800, height: 700 } });
  await agent.accept('Left');
  await agent.accept('Right');
  // Nothing but what the key itself has begun runs between the two.
  for (const name of ['Left', 'Right', 'Left']) {
    await agent.page.keyboard.press(name === 'Left' ? 'Alt+1' : 'Alt+2');
    await agent.page.keyboard.type(name);
  }
  expect(await agent.message('Left').inputValue()).toBe('LeftLeft');
  await agent.page.keyboard.press('Alt+2');
  expect(await agent.message('Right').inputValue()).toBe('Right');
});

test('the Enter that ends a composition does not send, also where the browser says so by its code alone', async () => {
  const visitor = await stage.visitor('Composed');
  const agent = await stage.console('composing', 'Composing');
  await agent.accept('Composed');
  await agent.message('Composed').fill('ni hao');
  const enter = (more: { readonly keyCode?: number; readonly isComposing?: boolean }): Promise<void> =>
    agent.message('Composed').evaluate((field, init) => void field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...init })), more);
  await enter({ keyCode: 229 });
  await enter({ isComposing: true });
  expect(await agent.message('Composed').inputValue()).toBe('ni hao');
  await enter({ keyCode: 13 });
  await visitor.article('ni hao').waitFor();
  expect(await visitor.contents()).toEqual(['ni hao']);
});

test('a sign that the server takes from nobody is left out of what is pasted, and the caret stays behind it', async () => {
  const visitor = await stage.visitor('Pasted');
  const agent = await stage.console('pasting', 'Pasting');
  await agent.accept('Pasted');
  await agent.message('Pasted').fill('begin end');
  await agent.message('Pasted').evaluate((field: HTMLTextAreaElement) => {
    field.focus();
    field.setRangeText('a\0b\0 ', 6, 6, 'end');
    field.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertFromPaste' }));
  });
  await agent.page.keyboard.type('c ');
  expect(await agent.message('Pasted').inputValue()).toBe('begin ab c end');
  await agent.page.keyboard.press('Enter');
  await visitor.article('begin ab c end').waitFor();
  await agent.sent('Pasted', 'begin ab c end');
});
