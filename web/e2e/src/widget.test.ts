import type { BrowserContext, Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import { Agent } from './agent';
import { shot } from './browser';
import { Server } from './server';
import { Stage } from './stage';
import { Visitor } from './visitor';

// A visitor in the sample shop, whatever happens to the server and the network.

const stage = new Stage('Chat:Queue:MaxConcurrentByAgent=100');
let server: Server;
let agent: Agent;
let context: BrowserContext;
let page: Page;
let visitor: Visitor;

beforeEach(async () => {
  server = stage.server;
  agent = new Agent(server);
  page = await stage.page();
  context = page.context();
  visitor = new Visitor(page);
  await page.goto(`${server.rest}/demo/`);
});

/** Another tab of the same browser, in the same shop. */
async function tab(): Promise<Visitor> {
  const other = await context.newPage();
  await other.goto(`${server.rest}/demo/`);
  return new Visitor(other);
}

test('a visitor waits, is answered, answers, ends the chat and begins another', async () => {
  await visitor.start('Jane Doe');
  await visitor.say('Is the desk lamp in stock?');
  await visitor.sent('in stock');
  const id = await agent.accept('Jane Doe');
  await visitor.log.getByText('Ashik has joined').waitFor();
  await agent.send(id, 'It is. How many?');
  await visitor.article('How many').filter({ hasText: 'Ashik' }).waitFor();
  await visitor.say('Two, please');
  await visitor.sent('Two, please');
  await shot(page, 'widget-chat');
  expect(await agent.said(id, 'CUSTOMER')).toEqual(['Is the desk lamp in stock?', 'Two, please']);

  await page.getByRole('button', { name: 'End chat' }).click();
  const question = page.getByRole('alertdialog');
  await shot(page, 'widget-end-question');
  await question.getByRole('button', { name: 'Cancel' }).click();
  await visitor.say('One more thing');
  await visitor.sent('One more thing');
  await page.getByRole('button', { name: 'End chat' }).click();
  await question.getByRole('button', { name: 'End chat' }).click();
  await page.getByText('This chat has ended').waitFor();
  await shot(page, 'widget-ended');
  await page.getByRole('button', { name: 'Start a new chat' }).click();
  await page.getByRole('button', { name: 'Start chat' }).click();
  await visitor.status(/in line/).waitFor();
  expect(await visitor.contents()).toEqual([]);
});

test('nothing is stored and nothing is connected before the visitor starts', async () => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  page.on('websocket', (socket) => asked.push(socket.url()));
  await page.reload();
  await visitor.launcher.waitFor();
  expect(asked.filter((path) => !path.startsWith('/demo/'))).toEqual(['/widget.js']);
  await visitor.launcher.click();
  await visitor.name.waitFor();

  expect(asked.filter((path) => path.startsWith('/api') || path.includes('socket.io'))).toEqual([]);
  expect(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie])).toEqual([0, 0, '']);
});

test('what comes while the chat is closed is counted, and read when it is looked at', async () => {
  await visitor.start('Unread');
  const id = await agent.accept('Unread');
  await visitor.log.getByText('has joined').waitFor();
  await page.keyboard.press('Escape');
  await agent.send(id, 'one');
  await agent.send(id, 'two');
  await page.getByRole('button', { name: 'Chat with us, 2 unread' }).waitFor();
  await shot(page, 'widget-unread');

  await visitor.launcher.click();
  await page.getByRole('button', { name: 'Chat with us', exact: true }).waitFor();
  await expect.poll(async () => (await server.get<{ read: { customer: number }; lastSequence: number }>(`/api/customer/conversations/${id}`)).read.customer).toBeGreaterThan(3);
});

test('a server that dies in the middle of typing takes nothing along', async () => {
  await visitor.start('Killed');
  const id = await agent.accept('Killed');
  await visitor.say('before');
  await visitor.sent('before');
  await visitor.message.fill('half a sent');
  await server.kill();
  await visitor.status('Reconnecting').waitFor();
  await visitor.message.pressSequentially('ence');
  await shot(page, 'widget-reconnecting');
  await page.getByRole('button', { name: 'Send' }).click();
  await visitor.say('and another');
  await visitor.article('and another').filter({ hasText: 'Sending' }).waitFor();
  await visitor.message.fill('a draft');

  await server.startAgain();
  await visitor.sent('half a sentence');
  await visitor.sent('and another');
  await visitor.status('Reconnecting').waitFor({ state: 'detached' }).catch(() => undefined);
  expect(await visitor.message.inputValue()).toBe('a draft');
  expect(await agent.said(id, 'CUSTOMER')).toEqual(['before', 'half a sentence', 'and another']);
  await agent.send(id, 'still here');
  await visitor.article('still here').waitFor();
});

test('without a network it says so, and goes on by itself', async () => {
  await visitor.start('Offline');
  const id = await agent.accept('Offline');
  await visitor.log.getByText('has joined').waitFor();
  await context.setOffline(true);
  await visitor.status('Reconnecting').waitFor();
  await visitor.say('said offline');
  await agent.send(id, 'meanwhile');
  await context.setOffline(false);

  await visitor.sent('said offline');
  await visitor.article('meanwhile').waitFor();
  expect(await visitor.contents()).toEqual(['meanwhile', 'said offline']);
});

test('a reload goes on with the chat, the draft and what was not sent yet', async () => {
  await visitor.start('Reloaded');
  const id = await agent.accept('Reloaded');
  await visitor.say('first');
  await visitor.sent('first');
  await server.kill();
  await visitor.say('second');
  await visitor.article('second').filter({ hasText: 'Sending' }).waitFor();
  await visitor.message.fill('half a dra');
  await server.startAgain();
  await page.reload();

  await visitor.launcher.click();
  await visitor.sent('second');
  expect(await visitor.message.inputValue()).toBe('half a dra');
  expect(await agent.said(id, 'CUSTOMER')).toEqual(['first', 'second']);
});

test('two tabs are one conversation', async () => {
  const other = await tab();
  await other.launcher.waitFor();
  await visitor.start('Tabs');
  await visitor.say('from the first');
  await other.launcher.click();
  await other.article('from the first').waitFor();
  await other.say('from the second');

  await visitor.article('from the second').waitFor();
  const id = await agent.accept('Tabs');
  expect(await agent.said(id, 'CUSTOMER')).toEqual(['from the first', 'from the second']);
});

test('a chat that is begun anew in one tab is there in the other', async () => {
  await visitor.start('Anew');
  const first = await agent.accept('Anew');
  await visitor.say('in the first chat');
  await visitor.sent('in the first chat');
  const other = await tab();
  await other.launcher.click();
  await other.article('in the first chat').waitFor();
  await other.message.fill('half typed in the other');
  await agent.close(first, 'resolved');
  await other.page.getByText('This chat has ended').waitFor();
  expect(await other.message.inputValue()).toBe('half typed in the other');
  await page.getByRole('button', { name: 'Start a new chat' }).click();
  await page.getByRole('button', { name: 'Start chat' }).click();
  await visitor.status(/in line/).waitFor();

  await other.status(/in line/).waitFor();
  await visitor.say('in the second chat');
  await other.article('in the second chat').waitFor();
  expect(await other.contents()).toEqual(['in the second chat']);
  expect(await other.message.inputValue()).toBe('half typed in the other');
  for (const tab of [visitor, other]) await tab.page.keyboard.press('Escape');
  await agent.send(await agent.accept('Anew'), 'for both');
  for (const tab of [visitor, other]) await tab.page.getByRole('button', { name: 'Chat with us, 1 unread' }).waitFor();
  // What is read in one is read in the other.
  await other.launcher.click();
  await page.getByRole('button', { name: 'Chat with us', exact: true }).waitFor();
  await visitor.launcher.click();
  await other.say('from the other tab');
  await visitor.article('from the other tab').waitFor();
});

test('two tabs that begin at once begin one chat', async () => {
  const other = await tab();
  for (const [{ launcher, name }, who] of [[visitor, 'At once'], [other, 'At once too']] as const) {
    await launcher.click();
    await name.fill(who);
  }
  await Promise.all([visitor, other].map(({ page }) => page.getByRole('button', { name: 'Start chat' }).click()));
  await visitor.status(/in line/).waitFor();
  await other.status(/in line/).waitFor();
  await visitor.say('from the one');
  await other.article('from the one').waitFor();
  const queue = await server.get<{ customerName: string }[]>('/api/agent/queue?size=100');
  expect(queue.filter(({ customerName }) => customerName.startsWith('At once'))).toHaveLength(1);
});

test('a draft of one tab outlives what is sent in another, and a reset empties all of them', async () => {
  const third = await tab();
  await third.launcher.click();
  await third.name.fill('Typed before');
  await visitor.start('Drafts');
  const other = await tab();
  await other.launcher.click();
  await visitor.message.fill('a draft of the first');
  await other.message.fill('a draft of the other');
  await other.page.getByRole('button', { name: 'Send' }).click();
  await other.sent('a draft of the other');
  await page.reload();
  await visitor.launcher.click();
  await visitor.article('a draft of the other').waitFor();
  expect(await visitor.message.inputValue()).toBe('a draft of the first');

  await other.message.fill('another draft of the other');
  await third.message.fill('a draft of the third');
  await page.evaluate('LiveChat.reset()');
  for (const { page, launcher, name, log } of [visitor, other, third]) {
    await launcher.click();
    await name.waitFor();
    expect(await name.inputValue()).toBe('');
    expect(await log.isVisible()).toBe(false);
    expect(await page.evaluate(() => [localStorage.length, sessionStorage.length])).toEqual([0, 0]);
  }
});

test('what was half typed stays to be seen when the chat ends, and the keyboard stays in the chat', async () => {
  await visitor.start('Ended');
  const id = await agent.accept('Ended');
  await visitor.message.pressSequentially('half a sent');
  await agent.close(id, 'resolved');
  await page.getByText('This chat has ended').waitFor();
  await page.keyboard.type('ence');
  await page.keyboard.press('Enter');
  expect(await visitor.message.inputValue()).toBe('half a sent');
  await visitor.dialog.getByRole('alert').filter({ hasText: 'Not sent' }).waitFor();
  await shot(page, 'widget-ended-draft');
  await page.keyboard.press('Escape');
  await visitor.dialog.waitFor({ state: 'hidden' });

  await visitor.launcher.click();
  await page.getByRole('button', { name: 'Start a new chat' }).click();
  await visitor.name.waitFor();
  // What was left behind is not there again after a reload.
  await page.reload();
  await visitor.launcher.click();
  await visitor.name.waitFor();
  await page.getByRole('button', { name: 'Start chat' }).click();
  await visitor.status(/in line/).waitFor();
  // Nothing typed is lost.
  expect(await visitor.message.inputValue()).toBe('half a sent');
  await visitor.say('can be written to');
  await visitor.sent('can be written to');
  await page.getByRole('button', { name: 'End chat' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'End chat' }).click();
  await page.getByText('This chat has ended').waitFor();
  // To where one can go on.
  await expect.poll(() => page.getByRole('button', { name: 'Start a new chat' }).evaluate((element) => element.matches(':focus'))).toBe(true);
});

test('a start that is not answered yet goes on after a reload', async () => {
  let asked = 0;
  await page.route('**/api/customer/sessions', () => void asked++);
  await visitor.launcher.click();
  await visitor.name.fill('Impatient');
  await page.getByRole('button', { name: 'Start chat' }).click();
  await expect.poll(() => asked).toBe(1);
  await page.unroute('**/api/customer/sessions');
  await page.reload();
  await visitor.launcher.click();
  await visitor.status(/in line/).waitFor();
  const queue = await server.get<{ customerName: string }[]>('/api/agent/queue?size=100');
  expect(queue.filter(({ customerName }) => customerName === 'Impatient')).toHaveLength(1);
});

test('a reset while a start is under way leaves nothing of it, in no tab', async () => {
  const tabs = [visitor, await tab(), await tab()];
  for (const { launcher, name } of tabs) {
    await launcher.click();
    await name.waitFor();
  }
  let asked = 0;
  await context.route('**/api/customer/sessions', () => void asked++);
  await visitor.name.fill('Gone');
  await page.getByRole('button', { name: 'Start chat' }).click();
  await expect.poll(() => asked).toBe(1);
  await tabs[1]?.page.evaluate('LiveChat.reset()');
  for (const { dialog } of tabs) await dialog.waitFor({ state: 'hidden' });
  for (const { launcher, name } of tabs) {
    await launcher.click();
    await name.waitFor();
    expect(await name.inputValue()).toBe('');
  }
  expect(asked).toBe(1);
  expect(await page.evaluate(() => [localStorage.length, sessionStorage.length])).toEqual([0, 0]);
});

test('an end that cannot be had is told', async () => {
  await visitor.start('Endless');
  await page.route('**/close', (route) => route.fulfill({ status: 403, contentType: 'application/problem+json', body: '{"code":"forbidden","message":"No."}' }));
  await page.getByRole('button', { name: 'End chat' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'End chat' }).click();
  await visitor.dialog.getByRole('alert').filter({ hasText: 'could not be ended' }).waitFor();
  await shot(page, 'widget-end-failed');
  await visitor.say('it goes on');
  await visitor.sent('it goes on');
});

test('an agent that leaves is away, and one who is back is not', async () => {
  const fast = await Server.start('Chat:Presence:DisconnectGrace=00:00:00.3');
  try {
    await page.goto(`${fast.rest}/demo/`);
    await visitor.start('Away');
    const jane = new Agent(fast, 'jane', 'Jane');
    const id = await jane.accept('Away');
    const console = await context.newPage();
    await console.goto(`${fast.rest}/demo/`);
    // An agent's socket, by the SDK that this server serves.
    await console.evaluate(`import('${fast.rest}/sdk/').then(({ AgentChat }) =>
      new AgentChat({ rest: '${fast.rest}', gateway: '${fast.gateway}', agentId: 'jane', displayName: 'Jane' }).start())`);
    await expect.poll(async () => (await fast.get<{ status: string }>(`/api/customer/conversations/${id}`)).status).toBe('CONNECTED');
    await console.close();
    await visitor.status('Jane is away').waitFor();
    await shot(page, 'widget-away');
  } finally {
    await fast.stop();
  }
});

test('a message that is refused says so, and goes out when it is tried again', async () => {
  await visitor.start('Refused');
  await page.route('**/messages', (route) => route.fulfill({ status: 422, contentType: 'application/problem+json', body: '{"code":"idempotency_mismatch","message":"Known with other content."}' }));
  await visitor.say('refused at first');
  await visitor.article('refused at first').filter({ hasText: 'Not sent' }).waitFor();
  await shot(page, 'widget-not-sent');
  await page.unroute('**/messages');
  await visitor.article('refused at first').getByRole('button', { name: 'Try again' }).click();

  await visitor.sent('refused at first');
  expect(await visitor.contents()).toEqual(['refused at first']);
});

test('too many calls at once only take longer', async () => {
  const strict = await Server.start('Chat:Security:RateLimit:PermitLimit=8', 'Chat:Security:RateLimit:TokensPerSecond=4');
  try {
    await page.goto(`${strict.rest}/demo/`);
    await visitor.start('Limited');
    const said = Array.from({ length: 14 }, (_, i) => `message ${i}.`);
    for (const text of said) await visitor.say(text);

    for (const text of said) await visitor.sent(text);
    expect(await visitor.contents()).toEqual(said);
  } finally {
    await strict.stop();
  }
});
