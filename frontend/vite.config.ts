import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { guidePlugin } from './tools/guide.mjs';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// The built window is one file for what every page needs, one for the charts and lists of risks, and
// five for the rooms: files of a few thousand bytes each compress badly. What two
// rooms show stands in the first, so that no room needs another.
const shared =
  /src\/(lib|shell)\/(?!ui\/Chart\/)|src\/(start\/open|todo\/(words|Standing)|overview\/Ring|reviews\/DueList|certificates\/(CertificateTable|tone)|policies\/tone|runs\/(Coverage|FindingsList|Refusals|time|volume))\.|node_modules\//;
const rooms = {
  risks: /src\/risks\//,
  records: /src\/(workflows|policies|todo)\//,
  wizard: /src\/runs\/import\//,
  runs: /src\/runs\/(?!import\/)/,
  rooms: /virtual:guide|src\/(guide|reviews|standards|certificates|handover|settings|activity|verify)\//,
};

export default defineConfig({
  // The page is served from the program itself, at whatever root the window
  // system gives it: every address in it is relative.
  base: './',
  plugins: [
    svelte({
      // The router is written for both modes of Svelte; runes are ours.
      dynamicCompileOptions: ({ filename }) =>
        filename.includes('node_modules') ? { runes: undefined } : undefined,
    }),
    svelteTesting(),
    guidePlugin(here('.')),
  ],
  resolve: {
    alias: { $lib: here('./src/lib') },
  },
  css: {
    preprocessorOptions: {
      scss: { loadPaths: ['node_modules'], quietDeps: true },
    },
  },
  server: { port: 5173, strictPort: true },
  build: {
    target: ['es2022', 'safari16.4'],
    // A data: address would need a wider content security policy.
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: true,
    // What is built in, with its licence, for the notices in the packages (build/notices.go).
    license: { fileName: '.vite/license.json' },
    // One file of styles: a page that waited for its own would show without them.
    cssCodeSplit: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            { name: 'shared', test: shared, priority: 3 },
            {
              name: 'charts',
              test: /src\/lib\/ui\/Chart\/|src\/risks\/(RiskTable|Trend|view)\./,
              priority: 2,
            },
            ...Object.entries(rooms).map(([name, test]) => ({ name, test, priority: 1 })),
          ],
        },
      },
    },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts', 'tools/**/*.test.{ts,mjs}'],
    setupFiles: ['src/test/setup.ts'],
    restoreMocks: true,
  },
});
