// The browser's module in a real Chromium against a real server: online, a frozen network, a reload in between, a second tab.
// npm run build first. Skipped where there is no Chromium.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentChat } from '@customer-live-chat/sdk';
import { Server } from './server.mjs';

const chromium = process.env.CHROMIUM ?? 'chromium';
if (spawnSync(chromium, ['--version']).status !== 0) {
  console.log('skipped: there is no Chromium');
  process.exit(0);
}
const WebSocket = createRequire(createRequire(import.meta.url).resolve('socket.io-client'))('ws');

const until = async (what, is, seconds = 20) => {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    if (await is()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`Waited in vain: ${what}`);
};

/** One tab, by the DevTools protocol. */
class Tab {
  #next = 0;
  #answers = new Map();

  static async open(port, url) {
    const target = await (await fetch(`http://127.0.0.1:${port}/json/new?${encodeURIComponent(url)}`, { method: 'PUT' })).json();
    const tab = new Tab();
    tab.socket = new WebSocket(target.webSocketDebuggerUrl);
    await new Promise((resolve) => tab.socket.once('open', resolve));
    tab.socket.on('message', (text) => {
      const { id, result, error } = JSON.parse(text);
      tab.#answers.get(id)?.(error ? Promise.reject(new Error(error.message)) : result);
      tab.#answers.delete(id);
    });
    await tab.ready();
    return tab;
  }

  call(method, params = {}) {
    const id = ++this.#next;
    this.socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve) => this.#answers.set(id, resolve));
  }

  async run(expression) {
    const { result, exceptionDetails } = await this.call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  ready() {
    return until('the page', () => this.run('Boolean(window.chat)').catch(() => false));
  }

  async offline(offline) {
    await this.call('Network.enable');
    await this.call('Network.emulateNetworkConditions', { offline, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  }

  async reload() {
    await this.call('Page.reload');
    await until('the page again', () => this.run('Boolean(window.chat) && performance.now() < 5000').catch(() => false));
  }

  texts() {
    return this.run('chat.state.messages.map((one) => `${one.content} ${one.delivery}`)');
  }
}

const server = new Server(['--Chat:Security:RateLimit:PermitLimit=0']);
await server.start();
const sdk = readFileSync(new URL('../../dist/browser/sdk.js', import.meta.url));
const page = `<!doctype html><script type="module">
import { CustomerChat } from '/sdk.js';
window.errors = [];
addEventListener('unhandledrejection', (event) => errors.push(String(event.reason)));
addEventListener('error', (event) => errors.push(event.message));
window.chat = new CustomerChat({ rest: '${server.rest}', gateway: '${server.gateway}' });
</script>`;
const site = createServer((request, response) => {
  const isPage = request.url === '/';
  response.writeHead(200, {
    'Content-Type': isPage ? 'text/html' : 'text/javascript',
    'Content-Security-Policy': `default-src 'none'; script-src 'self' 'unsafe-inline'; connect-src ${server.rest} ${server.gateway} ${server.gateway.replace('http', 'ws')}; require-trusted-types-for 'script'`,
  });
  response.end(isPage ? page : sdk);
});
await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
const url = `http://localhost:${site.address().port}/`;
const profile = mkdtempSync(join(tmpdir(), 'livechat-chromium-'));
const browser = spawn(chromium, ['--headless=new', '--no-sandbox', '--disable-gpu', '--remote-debugging-port=0', `--user-data-dir=${profile}`], { stdio: ['ignore', 'ignore', 'pipe'] });
const agent = new AgentChat({ rest: server.rest, gateway: server.gateway, agentId: 'agent-1' });
try {
  const port = await new Promise((resolve) => browser.stderr.on('data', (text) => /127\.0\.0\.1:(\d+)/.exec(text)?.[1] && resolve(/127\.0\.0\.1:(\d+)/.exec(text)[1])));
  const tab = await Tab.open(port, url);
  assert.equal(await tab.run('localStorage.length'), 0);
  await tab.run("chat.start({ displayName: 'Jane' }).then(() => 0)");
  await until('online', () => tab.run("chat.state.connection === 'online'"));
  await agent.start();
  await until('queue', () => agent.state.queue.length === 1);
  const chat = await agent.accept(agent.state.queue[0].conversationId);
  chat.send('hello');
  await until('hello', async () => (await tab.texts()).includes('hello sent'));
  console.log('a page with a strict policy chats');

  await tab.offline(true);
  await until('offline', () => tab.run("chat.state.connection === 'offline'"), 2);
  await tab.run("chat.send('1'), chat.send('2'), 0");
  chat.send('meanwhile');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.deepEqual(await tab.texts(), ['hello sent', '1 sending', '2 sending']);
  await tab.offline(false);
  await until('back', async () => JSON.stringify(await tab.texts()) === JSON.stringify(['hello sent', 'meanwhile sent', '1 sent', '2 sent']));
  await until('online again', () => tab.run("chat.state.connection === 'online'"));
  console.log('a network that froze was seen at once, and nothing was lost');

  await server.kill();
  await tab.run("chat.send('3'), chat.send('4'), 0");
  await tab.reload();
  await tab.run('void chat.resume()');
  await until('kept', async () => (await tab.texts()).includes('4 sending'));
  const second = await Tab.open(port, url);
  await second.run('void chat.resume()');
  await server.start();
  const all = ['hello', 'meanwhile', '1', '2', '3', '4'];
  await until('all', async () => JSON.stringify(await tab.texts()) === JSON.stringify(all.map((text) => `${text} sent`)), 40);
  await until('all in the second tab', async () => JSON.stringify(await second.texts()) === JSON.stringify(all.map((text) => `${text} sent`)), 40);
  await until('the agent', () => chat.state.messages.length === 6, 40);
  assert.deepEqual(chat.state.messages.map((one) => one.content), all);
  assert.deepEqual([await tab.run('errors'), await second.run('errors')], [[], []]);
  console.log('a reload and a second tab while the server was dead lost and doubled nothing');
} finally {
  agent.stop();
  browser.kill();
  site.close();
  site.closeAllConnections();
  await server.end();
  await new Promise((resolve) => setTimeout(resolve, 300));
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
}
