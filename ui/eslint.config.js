// Lint rules of the window. Three of them are rules of the house: chart libraries stay behind src/lib/charts, the
// editor's behind src/lib/code, and the desktop API stays behind src/lib/api/transport.
import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

const charts = {
  group: ['uplot', 'uplot/*', 'echarts', 'echarts/*'],
  message: 'Only src/lib/charts imports chart libraries.',
};
const editors = {
  group: ['@codemirror/*', '@lezer/*'],
  message: 'Only src/lib/code imports the editor.',
};
const desktop = {
  group: ['@tauri-apps/*'],
  message: 'Only src/lib/api/transport/tauri.ts talks to the desktop.',
};

export default ts.config(
  { ignores: ['dist/', 'node_modules/', 'src/lib/api/schema.d.ts'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      'no-undef': 'off',
      'no-restricted-imports': ['error', { patterns: [charts, editors, desktop] }],
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'svelte/no-navigation-without-resolve': 'off',
      'svelte/prefer-svelte-reactivity': 'off',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  {
    files: ['src/lib/charts/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: [editors, desktop] }] },
  },
  {
    files: ['src/lib/code/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: [charts, desktop] }] },
  },
  {
    files: ['src/lib/api/transport/tauri.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [charts, editors] }] },
  },
);
