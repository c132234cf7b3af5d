/** The main job from end to end: import a cluster, play it, kill a node, see cells change, heal, undo. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, drawn, go, manifests, playTo, seconds, start, until } from './harness.mjs';

let desk;
before(async () => {
  desk = await start();
});
after(() => desk?.stop());

test('the sample lab opens at first start and plays', async () => {
  const session = await until(
    'a session',
    () => ask(desk.page, 'session'),
    (s) => s.state !== 'empty',
  );
  assert.ok(session.totals.nodes > 0, 'the sample has nodes');
});

test('a cluster is imported through the file input and its report is shown', async () => {
  const { page } = desk;
  const { name, files } = manifests('import-through-the-file-input');
  await page.getByRole('button', { name: 'Import', exact: true }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.locator('input[data-import-files]').setInputFiles(files);
  await dialog.getByLabel('Name of the world').fill(name);
  await dialog.getByRole('button', { name: 'Import', exact: true }).click();
  await page.getByRole('dialog', { name: 'Import report' }).waitFor();
  assert.match(await dialog.innerText(), /Taken/);
  await dialog.getByRole('button', { name: 'Done' }).click();
  const worlds = await ask(page, 'worlds');
  const world = worlds.find((w) => w.name === name);
  assert.ok(world, `a world ${name} among ${worlds.map((w) => w.name).join(', ')}`);
  if (!world.current) await ask(page, 'select_world', { world: name });
  const session = await until(
    `the session of ${name}`,
    () => ask(page, 'session'),
    (s) => s.world === name,
  );
  assert.ok(session.totals.nodes > 0, 'imported or proposed nodes');
});

test('the session plays and pauses with the controls of the window', async () => {
  const { page } = desk;
  await page.getByRole('button', { name: '60× speed' }).click();
  await until(
    'two minutes of simulated time',
    () => ask(page, 'session'),
    (s) => seconds(s.endNs) >= 120,
  );
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  const session = await until(
    'a pause',
    () => ask(page, 'session'),
    (s) => s.state === 'paused',
  );
  assert.ok(seconds(session.endNs) >= 120);
});

test('killing a node changes heatmap cells, healing it ends the fault', async () => {
  const { page } = desk;
  const heat = () => ask(page, 'heatmap', { type: 'cpu', by: 'node', step: 10 });
  await go(page, 'heatmaps', 'Heatmaps');
  await page.locator('#main canvas').first().waitFor();
  const pixelsBefore = await until(
    'a drawn heatmap',
    () => drawn(page),
    (d) => d.length > 0,
  );
  const calm = await heat();
  const busiest = calm.values
    .map((row, i) => [calm.services[i], Math.max(0, ...row.map((v) => v ?? 0))])
    .sort((a, b) => b[1] - a[1])[0];
  assert.ok(busiest && busiest[1] > 0, 'some node used CPU before the kill');
  const [node] = busiest;

  await go(page, 'chaos', 'Chaos');
  await page.getByRole('button', { name: `Kill node ${node}`, exact: true }).click();
  const hit = await until(
    `a fault on ${node}`,
    () => ask(page, 'session'),
    (s) => s.faults.some((f) => f.target === node),
  );
  assert.ok(
    hit.marks.some((m) => m.kind === 'kill'),
    'the kill is marked',
  );
  const killed = seconds(hit.faults.find((f) => f.target === node).sinceNs);
  await playTo(page, seconds(hit.endNs) + 90);

  const after = await heat();
  const row = after.values[after.services.indexOf(node)] ?? [];
  const later = row.filter((_, i) => seconds(after.timestamps[i]) >= killed + 20);
  assert.ok(later.length > 0, 'there are cells after the kill');
  assert.ok(
    later.every((v) => v === null || v === 0),
    `node ${node} uses no CPU once killed: ${later.join(', ')}`,
  );
  await go(page, 'heatmaps', 'Heatmaps');
  await until(
    'other pixels on the heatmap',
    () => drawn(page),
    (d) => d.length > 0 && d !== pixelsBefore,
  );

  await page.getByRole('button', { name: /^Heal all/ }).click();
  await until(
    'the end of the fault',
    () => ask(page, 'session'),
    (s) => s.faults.length === 0,
  );
});

test('a parameter is edited in place and undone', async () => {
  const { page } = desk;
  await go(page, 'parameters', 'Parameters');
  const find = async (key) =>
    (await ask(page, 'parameters', { world: 'current' })).find((p) => p.key === key);
  const [first] = (await ask(page, 'parameters', { world: 'current' })).filter((p) => p.name === 'demand_ms');
  assert.ok(first, 'the world has services with a demand');
  await page.locator('[data-page-filter]').fill(first.key);
  await page.getByRole('button', { name: `Edit ${first.name} of ${first.subject}`, exact: false }).click();
  const field = page.getByRole('textbox', { name: `${first.name} of ${first.subject}` });
  await field.fill(String(first.maximum * 10));
  await page.getByText(`${first.name}: a number from`).waitFor();
  await field.fill(String(first.value + 3));
  await field.press('Enter');
  await until(
    'the new value',
    () => find(first.key),
    (p) => p.value === first.value + 3 && p.provenance === 'entered',
  );
  await page.locator('.toast', { hasText: first.name }).getByRole('button', { name: 'Undo' }).click();
  await until(
    'the old value',
    () => find(first.key),
    (p) => p.value === first.value && p.provenance === first.provenance,
  );
});

test('a file that is no manifest is refused with its reason, and nothing is lost', async () => {
  const { page } = desk;
  const before = await ask(page, 'worlds');
  await page.getByRole('button', { name: 'Import', exact: true }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.locator('input[data-import-files]').setInputFiles({
    name: 'broken.yaml',
    mimeType: 'application/yaml',
    buffer: Buffer.from('kind: Deployment\nmetadata: [unclosed\n'),
  });
  await dialog.getByRole('button', { name: 'Import', exact: true }).click();
  const alert = dialog.getByRole('alert');
  await alert.waitFor();
  assert.match(await alert.innerText(), /broken\.yaml|YAML|nothing/i);
  assert.match(await dialog.innerText(), /broken\.yaml/, 'the chosen file is still listed');
  await page.keyboard.press('Escape');
  const later = await ask(page, 'worlds');
  assert.deepEqual(
    later.map((w) => [w.name, w.revision]),
    before.map((w) => [w.name, w.revision]),
  );
});

test('no page raised an error', () => assert.deepEqual(desk.faults, []));
