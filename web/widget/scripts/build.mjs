// dist/widget.js: the launcher, which every page loads. dist/widget/assets/: the chat and the words of each language, loaded when somebody wants them.
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { minify } from 'terser';
import { build } from 'vite';

/** What a started chat loads in all, as gzip bodies. */
const LIMIT = 30 * 1024;

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const languages = ['en', 'de', 'es', 'ar'];

/** In the place of the SDK's socket, which is the official client, stands the widget's own. */
const ownSocket = {
  name: 'own-socket',
  enforce: 'pre',
  resolveId: (source, importer) => (source === './socket.js' && /sdk.dist/.test(importer ?? '') ? join(root, 'src/socket/socket.ts') : null),
};

/** One file with all that the entry needs. */
async function bundle(entry, format, define = {}) {
  const [result] = [
    await build({
      root,
      configFile: false,
      logLevel: 'warn',
      plugins: [ownSocket],
      define,
      build: {
        write: false,
        target: 'es2022',
        cssMinify: true,
        minify: false,
        modulePreload: false,
        lib: { entry: join(root, entry), formats: [format], name: 'LiveChatLoader', fileName: 'out' },
      },
    }),
  ].flat();
  if (result.output.length !== 1) throw new Error(`${entry}: one file was expected, not ${result.output.length}.`);
  const { code } = await minify(result.output[0].code, {
    ecma: 2020,
    module: true,
    compress: { passes: 5, pure_getters: true, unsafe_arrows: true, unsafe_methods: true, unsafe_undefined: true, inline: 1 },
    format: { comments: false },
  });
  return code;
}

const gzip = (code) => gzipSync(code, { level: 9 }).length;
const chunks = {};
const sizes = {};

rmSync(join(root, 'dist'), { recursive: true, force: true });
mkdirSync(join(root, 'dist/widget/assets'), { recursive: true });
for (const [name, entry] of [['panel', 'src/panel.ts'], ...languages.map((language) => [language, `src/strings/${language}.ts`])]) {
  const code = await bundle(entry, 'es');
  chunks[name] = `widget/assets/${name}-${createHash('sha256').update(code).digest('hex').slice(0, 10)}.js`;
  sizes[name] = gzip(code);
  writeFileSync(join(root, 'dist', chunks[name]), code);
}
const loader = await bundle('src/loader.ts', 'iife', { __CHUNKS__: JSON.stringify(chunks) });
writeFileSync(join(root, 'dist/widget.js'), loader);

const words = Math.max(...languages.map((language) => sizes[language]));
const sum = gzip(loader) + sizes.panel + words;
console.log(`widget: widget.js ${gzip(loader)} + panel ${sizes.panel} + words ${words} = ${sum} of ${LIMIT} bytes of gzip`);
if (sum > LIMIT) {
  console.error('The widget is above its limit.');
  process.exitCode = 1;
}
