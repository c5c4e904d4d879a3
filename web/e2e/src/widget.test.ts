import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { launch, person, seriousFindings, shot, watch } from './browser';
import { Server } from './server';

let server: Server;
let browser: Browser;
let visitor: BrowserContext;
let page: Page;
let faults: string[];

beforeAll(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});
beforeEach(async () => {
  visitor = await person(browser);
  page = await visitor.newPage();
  faults = watch(page);
  await page.goto(`${server.rest}/demo/`);
});
afterEach(async () => {
  await visitor.close();
  expect(faults).toEqual([]);
});

test('a visitor waits, is answered, answers, and ends the chat', async () => {
  await page.getByRole('button', { name: 'Chat with us' }).click();
  await page.getByRole('textbox', { name: 'Your name' }).fill('Jane Doe');
  await shot(page, 'widget-start');
  await page.getByRole('button', { name: 'Start chat' }).click();
  await page.getByRole('status').filter({ hasText: '1st in line' }).waitFor();
  await page.getByRole('textbox', { name: 'Message' }).fill('Is the desk lamp in stock?');
  await page.keyboard.press('Enter');
  await page.getByRole('article').filter({ hasText: 'in stock' }).filter({ hasText: 'Sent' }).waitFor();
  await shot(page, 'widget-waiting');
});
