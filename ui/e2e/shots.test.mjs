/**
 * Every page in both themes at both sizes against the picture kept of it in shots/.
 *
 * DRYDOCK_SHOTS=update writes the pictures anew; look at them before they are kept.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { compare, marked, OTHER_BROWSER, SAME_BROWSER, SQUARE } from './compare.mjs';
import { go, PAGES, SHOTS } from './harness.mjs';
import { decode, encode } from './png.mjs';
import { dress, picture, SCENE, stage } from './scene.mjs';

const UPDATE = process.env.DRYDOCK_SHOTS === 'update';
const SIZES = [
  [1280, 800],
  [1920, 1080],
];
const TAKEN = join(SHOTS, 'taken.json');
const major = (version) => version.split('.')[0];
let desk, chromium, kept, failures;
before(async () => {
  desk = await stage();
  chromium = desk.page.context().browser().version();
  mkdirSync(SHOTS, { recursive: true });
  if (UPDATE) writeFileSync(TAKEN, `${JSON.stringify({ chromium, ...SCENE }, null, 2)}\n`);
  kept = existsSync(TAKEN) ? JSON.parse(readFileSync(TAKEN, 'utf8')) : { chromium: 'none' };
});
after(() => desk?.stop());

/** Where the pictures of a failure are written: a folder of this run. */
function beside(name) {
  failures ??= mkdtempSync(join(tmpdir(), 'drydock-shots-'));
  return join(failures, name);
}

for (const theme of ['dark', 'light'])
  for (const size of SIZES) {
    test(`${theme}, ${size.join(' x ')}`, async (group) => {
      await dress(desk, theme, size);
      for (const [id, title] of PAGES)
        await group.test(title, async () => {
          const name = `${id}-${theme}-${size[0]}`;
          const taken = decode(await picture(desk, id, title));
          const wide = await desk.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
          assert.equal(wide, false, `${title} fits into ${size[0]} pixels`);
          check(name, taken);
        });
    });
  }

/** Small changes an eye would see, each as a change of the page: the comparison must see them too. */
const CHANGES = {
  'a hidden word of the footer': () => (document.querySelector('footer a').style.visibility = 'hidden'),
  'another border': () => document.documentElement.style.setProperty('--border', '#4a2e39'),
  'a slightly other panel': () => document.documentElement.style.setProperty('--panel-bg', '#181c23'),
  'another digit of the clock': () => {
    const clock = document.querySelector('[aria-label="Simulated time"]');
    clock.textContent = clock.textContent.replace(/0$/, '8');
  },
  'a title a little to the right': () => (document.querySelector('main h1').style.marginLeft = '4px'),
};
test('the comparison sees small changes, and none where there is none', async (group) => {
  await dress(desk, 'dark', SIZES[0]);
  const before = decode(await picture(desk, 'overview', 'Overview'));
  for (const [what, change] of [['nothing', () => {}], ...Object.entries(CHANGES)])
    await group.test(what, async () => {
      await dress(desk, 'dark', SIZES[0]);
      await go(desk.page, 'overview', 'Overview');
      await desk.page.evaluate(change);
      const { worst } = compare(before, decode(await picture(desk, 'overview', 'Overview')), SAME_BROWSER);
      if (what === 'nothing') assert.equal(worst, 0);
      else assert.ok(worst > SAME_BROWSER.stray, `${worst} changed pixels in the worst square`);
    });
});

test('no page raised an error', () => assert.deepEqual(desk.faults, []));

function check(name, taken) {
  const path = join(SHOTS, `${name}.png`);
  if (UPDATE) return writeFileSync(path, encode(taken));
  assert.ok(existsSync(path), `${path} is not there: take it with DRYDOCK_SHOTS=update`);
  const like = major(kept.chromium) === major(chromium) ? SAME_BROWSER : OTHER_BROWSER;
  const { changed, worst, at, mask } = compare(decode(readFileSync(path)), taken, like);
  if (worst <= like.stray) return undefined;
  const files = [beside(`${name}.png`), beside(`${name}-changed.png`)];
  writeFileSync(files[0], encode(taken));
  writeFileSync(files[1], encode(marked(taken, mask)));
  return assert.fail(
    `${name} is not its baseline: ${changed} pixels changed, up to ${worst} of a ${SQUARE} x ${SQUARE} square ` +
      `(at ${at.x}, ${at.y}; ${like.stray} may). Baseline by Chromium ${kept.chromium}, this one by ${chromium}. ` +
      `See ${files.join(' and ')}; if it is meant, DRYDOCK_SHOTS=update takes it anew.`,
  );
}
