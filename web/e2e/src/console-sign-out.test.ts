import { expect, test } from 'vitest';
import { seriousFindings, shot } from './browser';
import { Console } from './console';
import { Stage } from './stage';

// A shared computer: what is left of an agent who has signed out, and what would be lost by it.

const stage = new Stage();

const keptIn = (agent: Console): Promise<[string, string][]> => agent.page.evaluate(() => Object.entries({ ...localStorage }) as [string, string][]);

test('nothing that an agent wrote is left after sign-out, in both windows', async () => {
  await stage.visitor('Shared computer');
  const agent = await stage.console('leaving', 'Leaving');
  await agent.accept('Shared computer');
  const second = new Console(await agent.page.context().newPage(), stage.server.rest);
  await second.page.goto(`${stage.server.rest}/console/`);
  await second.message('Shared computer').fill('a secret of the other window');
  await agent.message('Shared computer').fill('a secret');
  // With nothing unsent nothing is asked.
  await agent.page.getByRole('button', { name: 'Sign out' }).click();
  for (const one of [agent, second]) await one.page.getByRole('textbox', { name: 'Agent ID' }).waitFor();
  expect((await keptIn(agent)).filter(([key, value]) => /secret|leaving/i.test(key + value))).toEqual([]);
  await agent.signIn('leaving', 'Leaving');
  await agent.chat('Shared computer').waitFor();
  expect(await agent.message('Shared computer').inputValue()).toBe('');
});

test('a message that is not sent yet is told of before sign-out, and staying is the first answer', async () => {
  await stage.visitor('Left waiting');
  const agent = await stage.console('hasty', 'Hasty');
  await agent.accept('Left waiting');
  await agent.page.context().setOffline(true);
  await agent.status.filter({ hasText: 'Reconnecting' }).waitFor();
  await agent.say('Left waiting', 'I come back to you');
  await agent.article('Left waiting', 'I come back').filter({ hasText: 'Sending' }).waitFor();
  const signOut = agent.page.getByRole('button', { name: 'Sign out' });
  await signOut.click();
  const dialog = agent.page.getByRole('dialog', { name: 'Sign out' });
  await dialog.filter({ hasText: 'Left waiting' }).waitFor();
  await shot(agent.page, 'console-sign-out');
  expect(await seriousFindings(agent.page)).toEqual([]);
  // Enter, pressed without reading, stays; so does Escape.
  await agent.page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await signOut.click();
  await agent.page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await agent.article('Left waiting', 'I come back').waitFor();

  await signOut.click();
  await dialog.getByRole('button', { name: 'Sign out' }).click();
  await agent.page.getByRole('textbox', { name: 'Agent ID' }).waitFor();
  expect((await keptIn(agent)).filter(([key, value]) => /I come back|hasty/i.test(key + value))).toEqual([]);
});

test('what an earlier page has left unsent is told of too, also where the server has not answered since', async () => {
  await stage.visitor('Forgotten');
  const agent = await stage.console('reloading', 'Reloading');
  await agent.accept('Forgotten');
  await agent.page.route('**/api/**', (route) => route.abort());
  await agent.say('Forgotten', 'not to be lost');
  await agent.article('Forgotten', 'not to be lost').filter({ hasText: 'Sending' }).waitFor();
  await agent.page.reload();
  await agent.page.getByRole('button', { name: 'Sign out' }).click();
  await agent.page.getByRole('dialog', { name: 'Sign out' }).getByRole('button', { name: 'Sign out' }).click();
  await agent.page.getByRole('textbox', { name: 'Agent ID' }).waitFor();
  expect((await keptIn(agent)).filter(([key, value]) => /not to be lost|reloading/i.test(key + value))).toEqual([]);
});

test('what is sent while the question stands is no reason to stay', async () => {
  const visitor = await stage.visitor('Just in time');
  const agent = await stage.console('patient', 'Patient');
  await agent.accept('Just in time');
  await agent.page.context().setOffline(true);
  await agent.status.filter({ hasText: 'Reconnecting' }).waitFor();
  await agent.say('Just in time', 'on its way');
  await agent.page.getByRole('button', { name: 'Sign out' }).click();
  const dialog = agent.page.getByRole('dialog', { name: 'Sign out' });
  await dialog.waitFor();
  await agent.page.context().setOffline(false);
  await dialog.getByText('All of it is sent now.').waitFor();
  await dialog.getByRole('button', { name: 'Sign out' }).click();
  await agent.page.getByRole('textbox', { name: 'Agent ID' }).waitFor();
  await visitor.article('on its way').waitFor();
});
