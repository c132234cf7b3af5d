/** Two runs side by side: one page for both, one moment for both, what differs in a third column, and the way out. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { ask, sample, start, until, wear } from './harness.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let desk, calm, lost, node;

/** A finished run. */
async function run(page, input) {
  const first = await ask(page, 'run', {
    world: 'current',
    for: '10m',
    seed: 7,
    replications: 0,
    ...input,
  });
  // A run that is done at once answers itself.
  if (!first.job) return first;
  const done = await until(
    `run ${input.name}`,
    () => ask(page, 'job', { job: first.job }),
    (j) => !['queued', 'running'].includes(j.state),
  );
  assert.equal(done.state, 'done', JSON.stringify(done.error));
  return done.result;
}
const pane = (page, side) => page.frameLocator(`iframe[title^="${side}: "]`);
/** Figures of a row of the third column: A, B and the change. */
const figures = (page, figure) =>
  page.locator(`aside[aria-label="Differences"] tr[data-figure="${figure}"] td`).allInnerTexts();

before(async () => {
  desk = await start();
  const { page } = desk;
  await sample(page);
  await ask(page, 'session_pause');
  const board = await ask(page, 'scheduler_board');
  node = board.groups.flatMap((g) => g.nodes).sort((a, b) => b.pods.length - a.pods.length)[0].name;
  calm = await run(page, { name: 'calm' });
  lost = await run(page, { name: 'node lost', kills: [{ at: '4m', node, healAfter: '3m' }] });
});
after(() => desk?.stop());

test('v offers what to compare with; choosing opens it beside the session', async () => {
  const { page } = desk;
  await page.locator('#main').focus();
  await page.keyboard.press('v');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('option', { name: /node lost/ }).click();
  await page.locator('section[aria-label="B: run node lost"]').waitFor();
  await page.locator('section[aria-label^="A: session of"]').waitFor();
  await pane(page, 'A').locator('h1', { hasText: 'Overview' }).waitFor();
  await pane(page, 'B').locator('h1', { hasText: 'Overview' }).waitFor();
});

test('A is chosen as well, and both pages show their own run', async () => {
  const { page } = desk;
  await page.getByRole('button', { name: /^A shows/ }).click();
  await page.getByRole('dialog').getByRole('option', { name: /^calm/ }).click();
  await page.locator('section[aria-label="A: run calm"]').waitFor();
  assert.match(page.url(), new RegExp(`run=${calm.id}.*versus=run:${lost.id}`));
});

test('the third column shows the figures that compare_runs gives', async () => {
  const { page } = desk;
  const compared = await ask(page, 'compare_runs', { a: calm.id, b: lost.id });
  const failed = compared.differences.find((d) => d.figure === 'failed');
  assert.ok(failed.b > failed.a, 'losing a node costs requests');
  const digits = (text) => Number(text.replaceAll(/[^\d]/g, ''));
  const shown = await until(
    'the failed requests',
    () => figures(page, 'failed'),
    (cells) => cells.length > 0,
  );
  assert.deepEqual(shown.slice(0, 3).map(digits), [failed.a, failed.b, failed.change]);
});

test('a page chosen in one pane is shown in both, and so is a filter', async () => {
  const { page } = desk;
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Cluster' }).click();
  for (const side of ['A', 'B']) await pane(page, side).locator('h1', { hasText: 'Cluster' }).waitFor();
  await pane(page, 'A').locator('[data-page-filter]').first().fill(node);
  await until(
    'the filter in B',
    () => pane(page, 'B').locator('[data-page-filter]').first().inputValue(),
    (text) => text === node,
  );
  assert.match(page.url(), new RegExp(`q=${node}`));
  await pane(page, 'A').locator('[data-page-filter]').first().fill('');
});

test('the scrubber moves both: the node is dead in B alone, and alive again later', async () => {
  const { page } = desk;
  const slider = page.getByRole('slider', { name: 'Simulated time of both sides' });
  await slider.focus();
  await page.keyboard.press('PageDown');
  await until(
    'the address at 5 min',
    () => page.url(),
    (url) => /[?&]t=300/.test(url),
  );
  const down = (side) =>
    pane(page, side)
      .locator('#main')
      .getByText('killed')
      .or(pane(page, side).locator('#main').getByText('down'))
      .count();
  await until(
    `${node} dead in B`,
    () => down('B'),
    (n) => n > 0,
  );
  assert.equal(await down('A'), 0);
  assert.deepEqual(
    (
      await until(
        'a node that is not ready',
        () => figures(page, 'nodes not ready'),
        (cells) => cells[1] === '1',
      )
    ).slice(0, 3),
    ['0', '1', '+1'],
  );
  await slider.focus();
  await page.keyboard.press('End');
  await until(
    `${node} alive in B`,
    () => figures(page, 'nodes not ready'),
    (cells) => cells[1] === '0',
  );
});

test('a stored run cannot be acted on, and says so', async () => {
  const { page } = desk;
  const before = await ask(page, 'session');
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Chaos' }).click();
  await pane(page, 'B').getByText('nothing can be killed').waitFor();
  await pane(page, 'A')
    .getByRole('button', { name: `Kill node ${node}`, exact: true })
    .click();
  await page.locator('.toast', { hasText: 'stored run' }).waitFor();
  assert.deepEqual((await ask(page, 'session')).faults, before.faults);
});

test('keys in a pane reach the window, and an address opens the same two again', async () => {
  const { page } = desk;
  await pane(page, 'B').locator('#main').focus();
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('combobox', { name: 'Search' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  assert.match(page.url(), /versus=run:/, 'Escape closed the dialog, not the mode');
  const address = page.url();
  await page.reload();
  await page.locator('section[aria-label="A: run calm"]').waitFor();
  await page.locator('section[aria-label="B: run node lost"]').waitFor();
  assert.equal(page.url(), address);
});

test('swapping puts B first', async () => {
  const { page } = desk;
  await page.getByRole('button', { name: 'Swap A and B' }).click();
  await page.locator('section[aria-label="A: run node lost"]').waitFor();
  await page.locator('section[aria-label="B: run calm"]').waitFor();
});

for (const theme of ['dark', 'light'])
  test(`axe finds nothing in either frame or around them, ${theme}`, async () => {
    const { page } = desk;
    const pair = new URL(page.url()).hash.replace(/^#\/\w+/, '');
    await page.evaluate(() => (location.hash = '#/settings'));
    await wear(page, theme);
    await page.evaluate((rest) => (location.hash = `#/heatmaps${rest}`), pair);
    for (const side of ['A', 'B']) await pane(page, side).locator('canvas').first().waitFor();
    for (const frame of page.frames()) await frame.evaluate(AXE);
    const found = await page.evaluate(async () => {
      const { violations } = await globalThis.axe.run(document);
      return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}`));
    });
    assert.deepEqual(found, []);
  });

test('Escape leaves, and A stays', async () => {
  const { page } = desk;
  await page.locator('#main').focus();
  await page.keyboard.press('Escape');
  await page.locator('iframe').first().waitFor({ state: 'detached' });
  await page.locator('main h1', { hasText: 'Heatmaps' }).waitFor();
  assert.doesNotMatch(page.url(), /versus/);
  assert.match(page.url(), new RegExp(`run=${lost.id}`));
});

test('no page raised an error', () => assert.deepEqual(desk.faults, []));
