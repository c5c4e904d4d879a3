// What docs/performance.md says of the faces: npm run measure -w e2e, after a Release build.
import { launch, person } from './browser';
import { Console } from './console';
import { Server } from './server';
import { website } from './website';

const sorted = (values: readonly number[]): string => {
  const all = [...values].sort((one, other) => one - other);
  return `min ${all[0]?.toFixed(0)}, median ${all[all.length >> 1]?.toFixed(0)}, max ${all.at(-1)?.toFixed(0)}`;
};

const [server, browser] = await Promise.all([Server.start(), launch()]);
try {
  // From the script tag to a launcher that can be pressed, and from the press to a form that can be filled in; nothing is cached.
  const site = await website(`<!doctype html><html lang="en"><title>site</title><script src="${server.rest}/widget.js" data-gateway="${server.gateway}" async></script><body><p>A page</p></body></html>`);
  const launchers: number[] = [];
  const forms: number[] = [];
  let loaded = 0;
  for (let i = 0; i < 15; i++) {
    const context = await person(browser);
    const page = await context.newPage();
    loaded = 0;
    page.on('response', async (response) => {
      if (new URL(response.url()).origin === server.rest) loaded += (await response.request().sizes()).responseBodySize;
    });
    await page.goto(site.address);
    launchers.push(
      await page.evaluate(async () => {
        while (!document.querySelector('live-chat')?.shadowRoot?.querySelector('button')) await new Promise((resolve) => setTimeout(resolve, 0));
        const [script] = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/widget.js'));
        return performance.now() - (script?.startTime ?? 0);
      }),
    );
    forms.push(
      await page.evaluate(async () => {
        const root = document.querySelector('live-chat')?.shadowRoot;
        const pressed = performance.now();
        root?.querySelector('button')?.click();
        while (root?.activeElement?.tagName !== 'INPUT') await new Promise((resolve) => setTimeout(resolve, 0));
        return performance.now() - pressed;
      }),
    );
    await context.close();
  }
  site.stop();
  console.log(`script tag to launcher, ms: ${sorted(launchers)}`);
  console.log(`press to the form's focus, ms: ${sorted(forms)}`);
  console.log(`bodies loaded until the form is there: ${loaded} bytes (Brotli)`);

  // A console with three chats, and 5,000 messages that came while it was open.
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
  const memory = async (): Promise<string> => {
    await protocol.send('HeapProfiler.collectGarbage');
    const { metrics } = await protocol.send('Performance.getMetrics');
    const of = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? 0;
    return `${(of('JSHeapUsedSize') / 1024 / 1024).toFixed(1)} MiB of heap, ${of('Nodes')} nodes`;
  };
  console.log(`console with 3 empty chats: ${await memory()}`);
  const began = performance.now();
  await Promise.all(
    ids.map(async (id, chat) => {
      for (let i = chat; i < 5000; i += 3) await server.post(`/api/customer/conversations/${id}/messages`, { content: `Message ${i}: the lamp that I ordered is not the one in the picture.` });
    }),
  );
  await agent.article('Two', 'Message 4999:').waitFor({ timeout: 60_000 });
  console.log(`5,000 messages in ${((performance.now() - began) / 1000).toFixed(1)} s: ${await memory()}`);
  const typed = await agent.message('One').evaluate(async (element: HTMLElement) => {
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
  console.log(`a key typed, to the next frame, ms: ${sorted(typed)}`);
} finally {
  await browser.close();
  await server.stop();
}
