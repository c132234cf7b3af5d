// How the bundle is built and how its unit tests run. The bundle must work from any origin and from
// the desktop window, so every address in it is relative.
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig(({ mode }) => ({
  base: './',
  plugins: [svelte()],
  resolve: {
    alias: { $lib: here('src/lib'), $shell: here('src/shell'), $pages: here('src/pages') },
    // Under vitest, Svelte's server entry would be picked; components are tested as in a browser.
    ...(mode === 'test' ? { conditions: ['browser'] } : {}),
  },
  // Nothing is inlined: the content security policy takes fonts from the bundle's own origin only.
  build: {
    target: ['es2022', 'safari16'],
    outDir: 'dist',
    sourcemap: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    // All that the first frame needs is one file: each further one would be asked of the window's process by itself.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'shell', tags: ['$initial'] }] } } },
  },
  server: { port: 5173, strictPort: true, proxy: { '/api': { target: 'http://127.0.0.1:3001', ws: true } } },
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts', 'tests/unit/**/*.test.ts'] },
}));
