/** WCAG 2.2 contrast of the tokens, in both themes: 4.5 for text on every ground it is used on, 3 for strokes. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const sheet = readFileSync('src/styles/tokens.css', 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');

function tokens(theme: 'dark' | 'light'): Map<string, string> {
  const all = new Map<string, string>();
  for (const [, selectors, body] of sheet.matchAll(/([^{}]+)\{([^}]*)\}/g)) {
    const names = selectors!.split(',').map((s) => s.trim());
    if (!names.some((s) => s === ':root' || s.includes(theme))) continue;
    for (const [, name, value] of body!.matchAll(/(--[\w-]+):\s*([^;]+);/g)) all.set(name!, value!.trim());
  }
  return all;
}
function rgb(name: string, all: Map<string, string>): [number, number, number] {
  const value = all.get(name) ?? '';
  const inner = /^var\((--[\w-]+)\)$/.exec(value);
  if (inner) return rgb(inner[1]!, all);
  const hex = /^#([0-9a-f]{6})$/.exec(value);
  if (!hex) throw new Error(`${name} is "${value}", not #rrggbb`);
  return [0, 2, 4].map((i) => parseInt(hex[1]!.slice(i, i + 2), 16)) as [number, number, number];
}
function luminance(colour: [number, number, number]): number {
  const [r, g, b] = colour.map((v) =>
    v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
function contrast(a: string, b: string, all: Map<string, string>): number {
  const [x, y] = [luminance(rgb(a, all)), luminance(rgb(b, all))].sort((p, q) => q - p);
  return (x! + 0.05) / (y! + 0.05);
}

const GROUNDS = ['--bg', '--surface', '--raised', '--sunken'];
const TEXT = [
  '--text',
  '--muted',
  '--faint',
  '--accent',
  '--ok',
  '--warn',
  '--crit',
  '--unknown',
  '--chart-text',
  '--mark-scale',
  '--mark-schedule',
  '--mark-info',
  '--code-key',
  '--code-string',
  '--code-mark',
  '--code-comment',
  '--code-punctuation',
];
const STROKES = ['--s1', '--s2', '--s3', '--s4', '--s5', '--s6', '--s7', '--s8', '--other'];

describe.each(['dark', 'light'] as const)('%s', (theme) => {
  const all = tokens(theme);
  test.each(TEXT.flatMap((t) => GROUNDS.map((g) => [t, g] as const)))('%s on %s', (text, ground) => {
    expect(contrast(text, ground, all)).toBeGreaterThanOrEqual(4.5);
  });
  test.each([
    ['--text', '--accent-weak'],
    ['--muted', '--accent-weak'],
    ['--faint', '--accent-weak'],
    ['--accent', '--accent-weak'],
    ['--crit', '--accent-weak'],
    ['--warn', '--accent-weak'],
    ['--ok', '--accent-weak'],
    // Code that is selected.
    ['--code-key', '--accent-weak'],
    ['--code-string', '--accent-weak'],
    ['--code-mark', '--accent-weak'],
    ['--code-comment', '--accent-weak'],
    ['--code-punctuation', '--accent-weak'],
    ['--on-accent', '--accent'],
    ['--ok', '--ok-weak'],
    ['--warn', '--warn-weak'],
    ['--crit', '--crit-weak'],
  ])('%s on %s', (text, ground) => {
    expect(contrast(text, ground, all)).toBeGreaterThanOrEqual(4.5);
  });
  test.each(STROKES)('%s is told from its ground', (stroke) => {
    expect(contrast(stroke, '--surface', all)).toBeGreaterThanOrEqual(4.5);
  });
  test.each([...STROKES, ...TEXT])('%s exists', (name) => expect(all.has(name)).toBe(true));
});
