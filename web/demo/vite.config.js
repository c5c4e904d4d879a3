import { defineConfig } from 'vite';

// Links are relative: a proxy may serve the pages under another path.
export default defineConfig({
  base: './',
  logLevel: 'warn',
  build: {
    target: 'es2022',
    assetsDir: 'demo/assets',
    modulePreload: false,
    rollupOptions: { input: { front: 'index.html', shop: 'demo/index.html' } },
  },
});
