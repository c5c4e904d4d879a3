import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { pagesConfig } from './vite/pages-config';

export default defineConfig({
  base: '/console/',
  plugins: [pagesConfig()],
  // The SDK's source: what is built here never waits for a build of it.
  resolve: { alias: { '@customer-live-chat/sdk': fileURLToPath(new URL('../sdk/src/index.ts', import.meta.url)) } },
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  build: {
    target: 'es2022',
    // The page's CSP takes no inline script and no data: but images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: { '/api': process.env.CONSOLE_REST ?? 'http://localhost:8383' },
  },
  test: { setupFiles: ['test/setup.ts'], include: ['test/**/*.test.ts'], environment: 'node' },
});
