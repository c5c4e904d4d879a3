import type { Browser, CDPSession } from 'playwright-core';
import { person } from './browser';
import { Console } from './console';
import type { Server } from './server';

const words = 'the lamp that I ordered is not the one in the picture.';

/** What a console takes of memory and of the page's thread, while its chats grow. */
export async function measureConsole(server: Server, browser: Browser, sorted: (values: readonly number[]) => string): Promise<void> {
  const context = await person(browser, { viewport: { width: 1600, height: 900 } });
  const agent = new Console(await context.newPage(), server.rest);
  await agent.signIn('measured', 'Measured');
  const ids: string[] = [];
  for (const name of ['One', 'Two', 'Three']) {
    const { conversationId } = await server.post('/api/customer/sessions', { fingerprint: name, displayName: name });
    ids.push(String(conversationId));
    await agent.accept(name);
  }
  const protocol = await context.newCDPSession(agent.page);
  await protocol.send('Performance.enable');
  const log = await agent.chat('One').getByRole('log').elementHandle();
  let count = 0;
  const say = (id = ids[0]): Promise<unknown> => server.post(`/api/customer/conversations/${id}/messages`, { content: `Message ${++count}: ${words}` });
  // Without a look at anything but the last row: the look is in what is measured.
  const arrived = async (): Promise<void> => void (await agent.page.waitForFunction(([log, text]) => log?.lastElementChild?.textContent?.includes(text), [log, `Message ${count}:`] as const, { timeout: 120_000 }));

  console.log(`console with 3 empty chats: ${await memory(protocol)}`);
  for (const length of [100, 1000, 5000]) {
    const began = performance.now();
    const first = count;
    while (count < length) await Promise.all(Array.from({ length: 5 }, () => say()));
    await say();
    await arrived();
    console.log(`${count - first} messages to it in ${((performance.now() - began) / 1000).toFixed(1)} s: ${await memory(protocol)}`);
    const before = await spent(protocol);
    for (let i = 0; i < 20; i++) {
      await say();
      await arrived();
    }
    console.log(`a message more in a chat of ${length}, ms of the page's thread: ${difference(before, await spent(protocol), 20)}`);
    console.log(`a key typed in it, to the next frame, ms: ${sorted(await typed(agent, 'One'))}`);
  }
  await context.close();
}

async function metrics(protocol: CDPSession): Promise<(name: string) => number> {
  const { metrics: all } = await protocol.send('Performance.getMetrics');
  return (name) => all.find((metric) => metric.name === name)?.value ?? 0;
}

async function memory(protocol: CDPSession): Promise<string> {
  await protocol.send('HeapProfiler.collectGarbage');
  const of = await metrics(protocol);
  return `${(of('JSHeapUsedSize') / 1024 / 1024).toFixed(1)} MiB of heap, ${of('Nodes')} nodes`;
}

const parts = { all: 'TaskDuration', script: 'ScriptDuration', style: 'RecalcStyleDuration', layout: 'LayoutDuration' };
type Spent = Record<keyof typeof parts, number>;

async function spent(protocol: CDPSession): Promise<Spent> {
  const of = await metrics(protocol);
  return { all: of(parts.all), script: of(parts.script), style: of(parts.style), layout: of(parts.layout) };
}

const difference = (before: Spent, after: Spent, times: number): string =>
  (Object.keys(parts) as (keyof Spent)[]).map((part) => `${part} ${(((after[part] - before[part]) * 1000) / times).toFixed(1)}`).join(', ');

const typed = (agent: Console, customer: string): Promise<number[]> =>
  agent.message(customer).evaluate(async (element: HTMLElement) => {
    element.focus();
    const times: number[] = [];
    for (let i = 0; i < 50; i++) {
      const before = performance.now();
      document.execCommand('insertText', false, 'a');
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
      times.push(performance.now() - before);
    }
    return times;
  });
