// What docs/performance.md says of the faces: npm run measure -w e2e, after a Release build.
import { launch, person } from './browser';
import { measureConsole } from './console-measure';
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

  await measureConsole(server, browser, sorted);
} finally {
  await browser.close();
  await server.stop();
}
