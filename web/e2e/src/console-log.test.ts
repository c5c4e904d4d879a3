import type { Locator } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Console } from './console';
import { Stage } from './stage';

// What a long chat costs, and what must not be noticed of how that is kept down.

const stage = new Stage();

/** A chat to which so many messages came while it was open. */
async function longChat(agent: Console, customer: string, length: number): Promise<(text: string) => Promise<unknown>> {
  const { conversationId } = await stage.server.post('/api/customer/sessions', { fingerprint: customer, displayName: customer });
  await agent.accept(customer);
  const say = (content: string): Promise<unknown> => stage.server.post(`/api/customer/conversations/${conversationId}/messages`, { content });
  for (let i = 1; i <= length; i++) await say(`Message ${i}.`);
  await agent.article(customer, `Message ${length}.`).waitFor();
  return say;
}

const logOf = (agent: Console, customer: string): Locator => agent.chat(customer).getByRole('log');
const rows = (agent: Console, customer: string): Promise<number> => logOf(agent, customer).locator('article').count();

test('a row is made once, and nothing that is typed or comes touches it', async () => {
  const agent = await stage.console('made-once', 'Made Once');
  const say = await longChat(agent, 'Once', 30);
  const log = logOf(agent, 'Once');
  await agent.message('Once').focus();
  await expect.poll(() => agent.page.title()).toBe('Console');
  await expect.poll(() => log.getAttribute('aria-live')).toBe('polite');
  await log.evaluate((element) => {
    const seen = window as unknown as { rows: Element[]; changes: number };
    seen.rows = [...element.children];
    seen.changes = 0;
    new MutationObserver((records) => (seen.changes += records.length)).observe(element, { attributes: true, characterData: true, childList: true, subtree: true });
  });
  const changes = (): Promise<number> => agent.page.evaluate(() => (window as unknown as { changes: number }).changes);
  await agent.page.keyboard.type('Let me see whether this costs anything.');
  expect(await changes()).toBe(0);

  await say('One more.');
  await agent.article('Once', 'One more.').waitFor();
  // It is there, and the one before it no longer tells the time for both.
  expect(await changes()).toBeLessThanOrEqual(2);
  expect(await log.evaluate((element) => (window as unknown as { rows: Element[] }).rows.every((row, index) => row === element.children[index]))).toBe(true);
});

test('a long chat has its newest rows in the page, and the others where one scrolls up to them', async () => {
  const agent = await stage.console('long', 'Long');
  const say = await longChat(agent, 'Lengthy', 450);
  const log = logOf(agent, 'Lengthy');
  expect(await rows(agent, 'Lengthy')).toBeLessThanOrEqual(200);

  // Where one reads nothing moves, whatever comes above or below.
  const shown = await rows(agent, 'Lengthy');
  const moved = await log.evaluate(async (element, before) => {
    element.scrollTop = 150;
    const row = [...element.querySelectorAll('article')].find((one) => one.getBoundingClientRect().top > element.getBoundingClientRect().top);
    const from = row?.getBoundingClientRect().top ?? 0;
    while (element.querySelectorAll('article').length === before) await new Promise(requestAnimationFrame);
    return (row?.getBoundingClientRect().top ?? Infinity) - from;
  }, shown);
  expect(Math.abs(moved)).toBeLessThanOrEqual(1);
  const top = await log.evaluate((element) => element.scrollTop);
  await say('While one reads.');
  await agent.chat('Lengthy').getByRole('button', { name: '1 new message' }).waitFor();
  expect(await log.evaluate((element) => element.scrollTop)).toBe(top);

  // By keyboard, up to the very first.
  await log.focus();
  await expect
    .poll(async () => {
      await agent.page.keyboard.press('Home');
      return agent.article('Lengthy', 'Message 1.').count();
    })
    .toBe(1);
  expect(await rows(agent, 'Lengthy')).toBe(451);
  await agent.page.keyboard.press('End');
  await expect.poll(() => rows(agent, 'Lengthy')).toBeLessThanOrEqual(200);
  expect(await log.evaluate((element) => Math.round(element.scrollHeight - element.scrollTop - element.clientHeight))).toBe(0);
  await agent.article('Lengthy', 'While one reads.').waitFor();
});
