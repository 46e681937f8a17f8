import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';
import noVisibleText from './tools/no-visible-text.js';

export default ts.config(
  { ignores: ['dist', 'node_modules', 'src/lib/wailsjs', 'test-results', 'playwright-report'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    // The compiler knows better which names there are, types included.
    rules: {
      'no-undef': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig },
    },
  },
  {
    files: ['src/**/*.svelte'],
    plugins: { assay: { rules: { 'no-visible-text': noVisibleText } } },
    rules: {
      'assay/no-visible-text': 'error',
      // Imported text is hostile: it is shown as text, never as markup.
      'svelte/no-at-html-tags': 'error',
      'svelte/require-each-key': 'error',
      // A space at the start of a block is lost otherwise.
      'svelte/no-useless-mustaches': 'off',
      // Pages are addressed by their hash; there is no SvelteKit here to resolve.
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
  {
    files: ['src/**/*.{ts,svelte}'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['**/wailsjs/**'], message: 'Only lib/api.ts talks to the program.' }] },
      ],
      'no-restricted-globals': [
        'error',
        { name: 'fetch', message: 'The page contacts nothing; use lib/api.ts.' },
        { name: 'confirm', message: 'Use the Dialog component.' },
        { name: 'alert', message: 'Use the Dialog component.' },
      ],
    },
  },
  { files: ['src/lib/api.ts', 'src/lib/api/*.ts'], rules: { 'no-restricted-imports': 'off' } },
);
