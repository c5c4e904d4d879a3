// dist/: the npm package, by tsc. dist/browser/sdk.js: one minified ES module with all it needs, for pages without a bundler.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, transformWithEsbuild } from 'vite';
import { leanClient } from '../../scripts/lean-client.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const OWN_LIMIT = 12 * 1024;

async function bundle(external, entry = 'src/index.ts') {
  const result = await build({
    root,
    configFile: false,
    logLevel: 'warn',
    plugins: [leanClient],
    build: {
      write: false,
      target: 'es2022',
      lib: { entry: join(root, entry), formats: ['es'], fileName: 'sdk' },
      rollupOptions: { external },
    },
  });
  const [{ output }] = [result].flat();
  if (output.length !== 1) throw new Error(`One module was expected, not ${output.length}.`);
  // Vite leaves the white space of a library's ES modules.
  const { code } = await transformWithEsbuild(output[0].code, 'sdk.js', { minify: true, target: 'es2022', legalComments: 'none', sourcemap: false });
  return code;
}

const kilobytes = (code) => `${(Buffer.byteLength(code) / 1024).toFixed(1)} KiB, gzip ${(gzipSync(code, { level: 9 }).length / 1024).toFixed(2)} KiB`;

rmSync(join(root, 'dist'), { recursive: true, force: true });
const typescript = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
execFileSync(process.execPath, [typescript, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' });

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const whole = `/*! @customer-live-chat/sdk ${version}, MIT; with socket.io-client, MIT, (c) Guillermo Rauch */\n${await bundle([])}`;
mkdirSync(join(root, 'dist/browser'), { recursive: true });
writeFileSync(join(root, 'dist/browser/sdk.js'), whole);

const own = await bundle(['socket.io-client']);
console.log(`sdk.js with socket.io-client: ${kilobytes(whole)}`);
console.log(`of it our own code: ${kilobytes(own)}`);
console.log(`of that what a visitor's page needs: ${kilobytes(await bundle(['socket.io-client'], 'src/customer.ts'))}`);
if (gzipSync(own, { level: 9 }).length > OWN_LIMIT) {
  console.error(`Our own code is above ${OWN_LIMIT} bytes of gzip.`);
  process.exitCode = 1;
}
