// What somebody gets who installs the package: packed, installed in an empty project, its types checked under both module
// resolutions, imported by Node, and the browser's module looked at. Needs the registry, for socket.io-client.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const typescript = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
const project = mkdtempSync(join(tmpdir(), 'livechat-package-'));
const run = (program, args, cwd = project) => execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

try {
  const [{ filename, files }] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], root));
  const names = files.map((file) => file.path);
  for (const name of ['README.md', 'package.json', 'dist/index.js', 'dist/index.d.ts', 'dist/browser/sdk.js']) assert.ok(names.includes(name), `${name} is not packed`);
  assert.ok(names.every((name) => /^(dist\/|README|LICENSE|package\.json)/.test(name)), `Too much is packed: ${names}`);

  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'stranger', private: true, type: 'module' }));
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', join(project, filename)]);

  writeFileSync(
    join(project, 'main.ts'),
    `import { AgentChat, ChatError, CustomerChat, type AgentConversation, type ChatErrorCode, type ChatMessage, type CustomerState, type Entry } from '@customer-live-chat/sdk';
const chat = new CustomerChat({ rest: 'https://chat.example:8383', gateway: 'https://chat.example:9094', token: async () => 'jwt' });
const state: CustomerState = chat.state;
export const lines: string[] = state.entries.map((entry: Entry) => (entry.kind === 'message' ? entry.message.content : entry.event.type));
export const end: () => void = chat.subscribe(() => undefined);
export const sent = (): ChatMessage => chat.send('hello', { metadata: { page: '/' } });
export const desk = new AgentChat({ rest: 'https://chat.example', gateway: 'https://chat.example', agentId: 'agent-1' });
export const open: readonly AgentConversation[] = desk.state.conversations;
export const code = (error: unknown): ChatErrorCode | null => (error instanceof ChatError ? error.code : null);
// @ts-expect-error there is no such option
new CustomerChat({ rest: '', gateway: '', nonsense: 1 });
// @ts-expect-error the state is read only
state.messages.push(sent());
`,
  );
  for (const [module, moduleResolution] of [['NodeNext', 'NodeNext'], ['ESNext', 'Bundler']]) {
    const options = { module, moduleResolution, target: 'ES2022', lib: ['ES2022', 'DOM'], types: [], strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: false, noEmit: true };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['main.ts'] }));
    run(process.execPath, [typescript, '-p', project]);
    console.log(`types: ${moduleResolution}`);
  }

  const imported = (from) =>
    run(process.execPath, ['--input-type=module', '-e', `import * as sdk from '${from}'; new sdk.CustomerChat({ rest: 'http://localhost', gateway: 'http://localhost' }); console.log(Object.keys(sdk).sort().join());`]).trim();
  assert.equal(imported('@customer-live-chat/sdk'), 'AgentChat,ChatError,CustomerChat,linksIn,storageKey');
  assert.equal(imported('@customer-live-chat/sdk/browser'), 'AgentChat,ChatError,CustomerChat,linksIn,storageKey');
  // The browser's module stands alone.
  const browser = readFileSync(join(project, 'node_modules/@customer-live-chat/sdk/dist/browser/sdk.js'), 'utf8');
  assert.ok(!/\bimport\s*[\w{*("']/.test(browser.replace(/^\/\*!.*\*\/$/m, '')), 'The browser’s module imports something.');
  assert.ok(!/\beval\(|new Function|innerHTML/.test(browser), 'The browser’s module does what a strict policy forbids.');
  console.log(`import: Node ${process.version}, and the browser's module alone`);
} finally {
  rmSync(project, { recursive: true, force: true });
}
