/** Rules of the house over the source tree: colours only from tokens, files of a readable size. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((f) => `src/${f.replaceAll('\\', '/')}`)
  .filter((f) => /\.(svelte|ts|css)$/.test(f) && !f.endsWith('.d.ts'));

test('there is something to check', () => expect(files.length).toBeGreaterThan(50));

const COLOUR = /#[0-9a-f]{3,8}\b(?![-\w])|\b(?:rgba?|hsla?|oklch|lab)\(\s*\d/gi;
test.each(files.filter((f) => f !== 'src/styles/tokens.css' && f !== 'src/lib/charts/scale.ts'))(
  '%s takes colours from tokens',
  (file) => {
    const text = readFileSync(file, 'utf8')
      // Fragments of addresses and blocks of Svelte are no colours.
      .replace(/\{#\w+/g, '')
      .replace(/(['"`(])#\/?[a-z-]*(?=['"`)?])/gi, (m) =>
        /^.#(?:[0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i.test(m) ? m : '',
      );
    expect(text.match(COLOUR) ?? []).toEqual([]);
  },
);

test.each(files)('%s has at most 500 lines', (file) => {
  expect(readFileSync(file, 'utf8').split('\n').length).toBeLessThanOrEqual(500);
});
