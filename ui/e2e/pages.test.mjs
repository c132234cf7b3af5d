/** Every page: nothing for axe to find in either theme, and reachable by keyboard. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { PAGES, ask, go, playTo, sample, start, wear } from './harness.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let desk;
before(async () => {
  desk = await start();
  await sample(desk.page);
  // A fixed seed, a node lost, and a pause: pages then have something to show, and stand still.
  await ask(desk.page, 'session_restart', { seed: 7 });
  await playTo(desk.page, 300);
  const board = await ask(desk.page, 'scheduler_board');
  await ask(desk.page, 'session_kill', { node: board.groups[0].nodes[0].name });
  await playTo(desk.page, 600);
});
after(() => desk?.stop());

for (const theme of ['dark', 'light']) {
  const looked = [
    ...PAGES.map(([id, title]) => [id, title, title]),
    ['cluster?sel=service:researchflow/orchestrator', 'Cluster', 'Cluster with a service selected'],
    ['nope', 'There is no page', 'an address of no page'],
  ];
  for (const [id, title, what] of looked) {
    test(`axe finds nothing on ${what}, ${theme}`, async () => {
      const { page } = desk;
      await wear(page, theme);
      await go(page, id, title);
      await page.evaluate(AXE);
      const found = await page.evaluate(async () => {
        const { violations } = await globalThis.axe.run(document);
        return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}`));
      });
      assert.deepEqual(found, []);
    });
  }
}

test('Ctrl+K opens the palette, which goes to a page', async () => {
  const { page } = desk;
  await go(page, 'overview', 'Overview');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type('heatmaps');
  await page.keyboard.press('Enter');
  await page.locator('main h1', { hasText: 'Heatmaps' }).waitFor();
  assert.match(page.url(), /#\/heatmaps/);
});

test('the palette finds a service and selects it on its page', async () => {
  const { page } = desk;
  await go(page, 'cost', 'Cost');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type('orches');
  await page
    .getByRole('option', { name: /orchestrator/ })
    .first()
    .waitFor();
  await page.keyboard.press('Enter');
  await page.locator('main h1', { hasText: 'Overview' }).waitFor();
  assert.match(page.url(), /#\/overview\?.*sel=service:researchflow\/orchestrator/);
  const inspector = page.getByRole('complementary', { name: 'Inspector' });
  await inspector.getByText('researchflow/orchestrator').first().waitFor();
  await inspector.getByRole('button', { name: 'Clear the selection' }).click();
  await inspector.waitFor({ state: 'hidden' });
});

test('? lists the keys, Escape closes the list', async () => {
  const { page } = desk;
  await go(page, 'overview', 'Overview');
  await page.locator('#main').focus();
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  assert.match(await dialog.innerText(), /Ctrl\s+K/);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
});

test('/ goes to the filter of a page', async () => {
  const { page } = desk;
  await go(page, 'parameters', 'Parameters');
  await page.locator('[data-page-filter]').waitFor();
  await page.locator('#main').focus();
  await page.keyboard.press('/');
  assert.ok(await page.evaluate(() => document.activeElement?.hasAttribute('data-page-filter')));
});

test('a filter is part of the address and comes back with it', async () => {
  const { page } = desk;
  await go(page, 'parameters?grade=assumed', 'Parameters');
  await page.reload();
  await page.locator('main h1', { hasText: 'Parameters' }).waitFor();
  assert.equal(await page.getByLabel('Grade', { exact: true }).inputValue(), 'assumed');
});

test('no page raised an error', () => assert.deepEqual(desk.faults, []));
