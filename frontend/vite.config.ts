import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

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
  ],
  resolve: {
    alias: { $lib: fileURLToPath(new URL('./src/lib', import.meta.url)) },
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
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts', 'tools/**/*.test.{ts,mjs}'],
    setupFiles: ['src/test/setup.ts'],
    restoreMocks: true,
  },
});
