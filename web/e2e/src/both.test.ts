import { expect, test } from 'vitest';
import { seriousFindings, shot } from './browser';
import { Console } from './console';
import { Server } from './server';
import { Stage } from './stage';
import { agentToken, withAuthentication } from './tokens';

// A visitor in the widget and agents in the console, each in a browser of their own.

const stage = new Stage();

test('the whole main job', async () => {
  const visitor = await stage.visitor('Jane Doe');
  await visitor.say('Hello? My order A-17 …');
  const agent = await stage.console('agent-1', 'Ashik');
  await agent.queue.getByRole('listitem').filter({ hasText: 'Jane Doe' }).waitFor();
  await shot(agent.page, 'console-queue');
  await agent.accept('Jane Doe');
  await visitor.log.getByText('Ashik has joined').waitFor();
  await agent.article('Jane Doe', 'order A-17').waitFor();
  await agent.say('Jane Doe', 'Let me look.');
  await visitor.article('Let me look').filter({ hasText: 'Ashik' }).waitFor();
  await agent.sent('Jane Doe', 'Let me look.');
  await visitor.message.pressSequentially('Thank');
  await agent.chat('Jane Doe').getByText(/Thank|typing/).first().waitFor();
  await visitor.say('Thank you');
  await agent.article('Jane Doe', 'Thank you').waitFor();
  await shot(agent.page, 'console-chat');
  await agent.chat('Jane Doe').getByRole('button', { name: 'Close chat' }).click();
  const dialog = agent.page.getByRole('dialog', { name: 'Close chat' });
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('resolved');
  await shot(agent.page, 'console-close-dialog');
  await dialog.getByRole('button', { name: 'Close chat' }).click();
  await visitor.page.getByText('This chat has ended').waitFor();
  await agent.chat('Jane Doe').getByRole('button', { name: 'Dismiss' }).click();
  await agent.chat('Jane Doe').waitFor({ state: 'detached' });
  await agent.page.getByRole('button', { name: 'Sign out' }).click();
  await agent.page.getByRole('textbox', { name: 'Agent ID' }).waitFor();
});

test('of two agents one is first, and the other is told', async () => {
  await stage.visitor('Wanted');
  const [one, two] = await Promise.all([stage.console('race-1', 'One'), stage.console('race-2', 'Two')]);
  // The second sees the entry still, as if its press had crossed the first one's on the way.
  await two.page.route('**/accept', async (route) => {
    await one.accept('Wanted');
    await route.continue();
  });
  await two.queue.getByRole('button', { name: 'Accept Wanted' }).click();

  await two.page.getByRole('alert').filter({ hasText: /another agent/i }).waitFor();
  await shot(two.page, 'console-conflict');
});

test('who holds all that an agent may is told so, and may press on', async () => {
  const strict = await Server.start('Chat:Queue:MaxConcurrentByAgent=2');
  try {
    for (const name of ['First', 'Second', 'Third']) await stage.visitor(name, strict);
    const agent = await stage.console('full', 'Full', { server: strict });
    await agent.accept('First');
    await agent.accept('Second');
    await agent.queue.getByRole('button', { name: 'Accept Third' }).click();
    await agent.page.getByRole('alert').filter({ hasText: '2' }).waitFor();
    await shot(agent.page, 'console-capacity');
    await agent.chat('First').getByRole('button', { name: 'Close chat' }).click();
    await agent.page.getByRole('dialog', { name: 'Close chat' }).getByRole('button', { name: 'Close chat' }).click();
    await agent.chat('First').getByRole('button', { name: 'Dismiss' }).waitFor();
    await agent.accept('Third');
  } finally {
    await strict.stop();
  }
});

test('a server that dies while both type loses nothing of either', async () => {
  const visitor = await stage.visitor('Steadfast');
  const agent = await stage.console('steady', 'Steady');
  await agent.accept('Steadfast');
  await agent.say('Steadfast', 'one');
  await visitor.article('one').waitFor();
  await agent.message('Steadfast').fill('half of the agent');
  await visitor.message.fill('half of the visitor');
  await stage.server.kill();
  await agent.status.filter({ hasText: 'Reconnecting' }).waitFor();
  await shot(agent.page, 'console-reconnecting');
  await agent.say('Steadfast', 'two');
  await visitor.say('three');
  await agent.message('Steadfast').fill('a draft');
  await stage.server.startAgain();

  await agent.sent('Steadfast', 'two');
  await visitor.sent('three');
  await visitor.article('two').waitFor();
  await agent.article('Steadfast', 'three').waitFor();
  await agent.status.filter({ hasText: 'Connected' }).waitFor();
  await agent.page.reload();
  await agent.article('Steadfast', 'three').waitFor();
  expect(await agent.message('Steadfast').inputValue()).toBe('a draft');
});

test('with authentication on, by a token, which is refused when it is none', async () => {
  const strict = await Server.start(...withAuthentication);
  try {
    const visitor = await stage.visitor('Careful', strict);
    const page = await stage.page();
    await page.goto(`${strict.rest}/console/`);
    await page.getByRole('textbox', { name: 'Agent ID' }).fill('jane');
    await page.getByRole('textbox', { name: 'Display name' }).fill('Jane');
    await page.getByRole('textbox', { name: 'Access token' }).fill('no token');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').filter({ hasText: /\w/ }).waitFor();
    await shot(page, 'console-refused');

    const agent = await stage.console('jane', 'Jane', { server: strict, token: agentToken('jane', 'Jane') });
    await agent.accept('Careful');
    await agent.say('Careful', 'I am Jane');
    await visitor.article('I am Jane').waitFor();
    await agent.page.reload();
    await agent.article('Careful', 'I am Jane').waitFor();
  } finally {
    await strict.stop();
  }
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`nothing serious is found in the console by axe, ${colorScheme}`, async () => {
    const page = await stage.page({ colorScheme });
    const agent = new Console(page, stage.server.rest);
    await page.goto(`${stage.server.rest}/console/`);
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await shot(page, `console-sign-in-${colorScheme}`);
    expect(await seriousFindings(page)).toEqual([]);
    for (const name of ['Ann', 'Bo', 'Cy']) await stage.visitor(`${name} ${colorScheme}`);
    await agent.signIn(`axe-${colorScheme}`, 'Axe');
    await agent.accept(`Ann ${colorScheme}`);
    await agent.accept(`Bo ${colorScheme}`);
    await agent.say(`Ann ${colorScheme}`, 'hello');
    await agent.sent(`Ann ${colorScheme}`, 'hello');
    await shot(page, `console-two-${colorScheme}`);
    expect(await seriousFindings(page)).toEqual([]);
  });
}
