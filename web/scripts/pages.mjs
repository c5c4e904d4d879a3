// Gathers what the workspaces have built into one folder for the server: each file with its gzip and Brotli form, and manifest.json, which says
// where each is served.
//
//   node scripts/pages.mjs FOLDER
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const web = join(dirname(fileURLToPath(import.meta.url)), '..');
const [folder] = process.argv.slice(2);
if (!folder) throw new Error('Say which folder to fill.');

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
};

// Each workspace builds into dist/ as it is to be served; below assets/ every name has a hash of what is in it.
const parts = [
  { part: 'Sdk', from: 'sdk/dist/browser', path: (name) => (name === 'sdk.js' ? '/sdk' : null) },
  { part: 'Widget', from: 'widget/dist', path: (name) => `/${name}` },
  { part: 'Console', from: 'console/dist', path: (name) => `/console/${name}` },
  { part: 'Demo', from: 'demo/dist', path: (name) => `/${name}` },
];

const filesOf = (from) =>
  readdirSync(from, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(from, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();

const manifest = [];
rmSync(folder, { recursive: true, force: true });
for (const { part, from, path } of parts) {
  const source = join(web, from);
  if (!existsSync(source)) throw new Error(`${from} is missing: build the workspaces first.`);
  for (const name of filesOf(source)) {
    const served = path(name);
    const type = types[extname(name)];
    if (served === null) continue;
    if (!type) throw new Error(`${from}/${name}: no media type is known for it.`);

    const file = `${part.toLowerCase()}/${name}`;
    const bytes = readFileSync(join(source, name));
    const target = join(folder, file);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, bytes);
    const smaller = (suffix, compressed) => compressed.length < bytes.length && writeFileSync(target + suffix, compressed);
    smaller('.gz', gzipSync(bytes, { level: 9 }));
    smaller('.br', brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
    // A page is served at its folder.
    manifest.push({ path: served.replace(/index\.html$/, ''), file, type, part, isHashed: served.includes('/assets/') });
  }
}

writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest, null, 2));
console.log(`${manifest.length} files of pages in ${folder}`);
