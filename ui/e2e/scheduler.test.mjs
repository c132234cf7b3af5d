/** The scheduler page: a what-if driven to its result and kept as a fork, its studies, its board by keyboard, axe. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { BOUND, filesOf, wide } from './dumps.mjs';
import { ask, go, sample, start, until, wear, written } from './harness.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const DRAINED = 'general-b1';
const FORK = 'without-b1';
const CONFIGURATION =
  'apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nprofilez: []\n';
let desk;
before(async () => {
  desk = await start();
  await sample(desk.page);
  await ask(desk.page, 'session_pause');
  await ask(desk.page, 'session_restart', { seed: 7 });
  await ask(desk.page, 'session_step', { seconds: 300 });
});
after(() => desk?.stop());

const drain = (nodes) => ({ type: 'drainNodes', nodes });
const text = (page) => page.getByRole('textbox', { name: 'Changes as text' });
const cells = (page, table) =>
  page
    .getByRole('grid', { name: table })
    .getByRole('row')
    .evaluateAll((rows) => rows.slice(1).map((r) => [...r.children].map((c) => c.innerText.trim())));

test('the board is walked by keyboard, and says what it is at', async () => {
  const { page } = desk;
  await go(page, 'scheduler', 'Scheduler');
  const spot = page.locator('[data-spot]');
  await spot.waitFor();
  await spot.focus();
  const first = await spot.getAttribute('aria-label');
  assert.match(first, /^\S+: \d+ % of .* requested, \d+ pods?, /);
  await page.keyboard.press('ArrowRight');
  assert.equal(await spot.getAttribute('data-spot'), 'pod');
  const pod = (await spot.getAttribute('aria-label')).split(':')[0];
  assert.match(pod, /^researchflow\//);
  await page.keyboard.press('Enter');
  assert.match(page.url(), new RegExp(`sel=pod:${pod}`));
  await page.getByRole('grid', { name: 'Nodes by plugins' }).waitFor();
  const verdicts = await ask(page, 'scheduler_explain', { pod });
  const rows = await cells(page, 'Nodes by plugins');
  assert.equal(rows.length, verdicts.nodes);
  assert.equal(rows[0][0], `● ${verdicts.placed}`);
  await page.getByRole('grid', { name: 'Nodes by plugins' }).getByRole('row').last().click();
  await page.getByText(/^Why not /).waitFor();
});

test('a wrong name is shown where it is typed, with what was meant', async () => {
  const { page } = desk;
  await go(page, 'scheduler?view=whatif', 'Scheduler');
  await page.getByRole('button', { name: 'Add a change' }).click();
  await page.getByRole('menuitem', { name: /^Drain nodes/ }).click();
  await page.getByLabel('Nodes *').fill('general-b9');
  await page.keyboard.press('Enter');
  await page
    .getByRole('alert')
    .filter({ hasText: 'there is no node general-b9; did you mean' })
    .first()
    .waitFor();
  assert.equal(await text(page).getAttribute('aria-invalid'), 'true');
  assert.ok(await page.getByRole('button', { name: 'Keep as fork' }).isDisabled());
  await page.getByRole('button', { name: 'Leave out general-b9' }).click();
});

test('draining a node shows the very moves the operation answers', async () => {
  const { page } = desk;
  await page.getByLabel('Nodes *').fill(DRAINED);
  await page.keyboard.press('Enter');
  const { moved, drains } = await ask(page, 'scheduler_what_if', { changes: [drain([DRAINED])] });
  assert.ok(moved.length > 0 && drains[0].done, 'the sample has pods to move');
  await page.getByRole('radio', { name: `Moved ${moved.length}` }).waitFor();
  assert.deepEqual(
    await cells(page, 'Moved pods'),
    moved.map((m) => [m.pod, m.from, m.to, 'drained']),
  );
  assert.match(await written(text(page)), /type: drainNodes\s+nodes:\s+- general-b1/);
  await page.getByRole('group', { name: 'Nodes and their pods after the changes' }).waitFor();
});

test('the address holds the changes, and brings them back', async () => {
  const { page } = desk;
  assert.match(
    decodeURIComponent(page.url()),
    /changes=\[\{"type":"drainNodes","nodes":\["general-b1"\]\}\]/,
  );
  await page.reload();
  await page.getByRole('grid', { name: 'Moved pods' }).waitFor();
  assert.match(await written(text(page)), /general-b1/);
});

test('text and forms stay in step, and edits are undone', async () => {
  const { page } = desk;
  const list = page.locator('ol');
  await text(page).fill(
    'changes:\n  - type: drainNodes\n    nodes: [general-b1]\n  - type: failZone\n    zone: us-west-2q\n',
  );
  await page.getByRole('alert').filter({ hasText: 'Line 5: zone: there is no zone us-west-2q' }).waitFor();
  await text(page).fill(
    'changes:\n  - type: drainNodes\n    nodes: [general-b1]\n  - type: failZone\n    zone: us-west-2c\n',
  );
  await list.getByText('fail zone us-west-2c').waitFor();
  await page.getByRole('radio', { name: 'JSON' }).click();
  assert.deepEqual(JSON.parse(await written(text(page))).changes[1], {
    type: 'failZone',
    zone: 'us-west-2c',
  });
  await page.getByRole('radio', { name: 'YAML' }).click();
  await page.getByRole('button', { name: 'Remove change 2' }).click();
  await list.getByText('fail zone us-west-2c').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Undo the last edit' }).click();
  await list.getByText('fail zone us-west-2c').waitFor();
  await page.getByRole('button', { name: 'Remove change 2' }).click();
});

test('a refused change is told at the field it is about', async () => {
  const { page } = desk;
  await text(page).fill('- {type: scaleWorkload, workload: nobody, replicas: 3}\n');
  await page
    .getByRole('alert')
    .filter({ hasText: /^Change 1: .*nobody/ })
    .waitFor();
  await text(page).fill(`- {type: drainNodes, nodes: [${DRAINED}]}\n`);
  await page.getByRole('grid', { name: 'Moved pods' }).waitFor();
});

test('the what-if is kept as a fork, compared, opened, and the world before is as it was', async () => {
  const { page } = desk;
  const { moved } = await ask(page, 'scheduler_what_if', { changes: [drain([DRAINED])] });
  await go(page, 'scheduler?view=whatif', 'Scheduler');
  await text(page).fill(`- {type: drainNodes, nodes: [${DRAINED}]}\n`);
  await page.getByLabel('Keep as fork', { exact: true }).fill(FORK);
  const keep = page.getByRole('button', { name: 'Keep as fork' });
  await until('the preview', () => keep.isEnabled(), Boolean);
  await keep.click();
  await page.getByText(`Kept as ${FORK}`).first().waitFor();
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await page.getByRole('radio', { name: `Elsewhere ${moved.length}` }).waitFor();
  assert.deepEqual(
    (await cells(page, 'Pods that are elsewhere')).map(([pod]) => pod).sort(),
    moved.map((m) => m.pod).sort(),
  );
  await page.getByRole('group', { name: `B: nodes and pods of ${FORK}` }).waitFor();
  await page.getByRole('button', { name: `Open ${FORK}` }).click();
  await until(
    'the fork to open',
    () => ask(page, 'session'),
    (s) => s.world === FORK,
  );
  const nodes = async (world) =>
    (await ask(page, 'scheduler_board', { simulationId: world })).groups.flatMap((g) => g.nodes);
  const there = (await nodes(FORK)).find((n) => n.name === DRAINED);
  assert.ok(there.unschedulable);
  assert.ok(!there.pods.some((p) => moved.some((m) => m.pod === p.name)));
  assert.ok(!(await nodes('researchflow')).find((n) => n.name === DRAINED).unschedulable);
  await ask(page, 'select_world', { world: 'researchflow' });
  await until(
    'the first world again',
    () => ask(page, 'session'),
    (s) => s.world === 'researchflow',
  );
});

test('a fork without a run stands beside the session in A|B', async () => {
  const { page } = desk;
  await go(page, `scheduler?versus=world:${FORK}`, '').catch(() => undefined);
  const b = page.frameLocator('iframe[title^="B"]');
  await b.getByText('this is its placement as the scheduler leaves it').waitFor();
  await b.locator('[data-spot]').waitFor();
  await page.locator('[data-figure="pending"]').waitFor();
  await page.evaluate(() => (location.hash = '#/scheduler'));
  await page.locator('iframe').first().waitFor({ state: 'detached' });
});

test('a sweep runs to its heatmap, and a cell of it is tried', async () => {
  const { page } = desk;
  await go(page, 'scheduler?view=sweep', 'Scheduler');
  const run = page.getByRole('button', { name: /^Sweep \d+ cells?$/ });
  await page.getByLabel('Replicas', { exact: true }).fill('two');
  await page.getByRole('alert').filter({ hasText: 'whole numbers' }).waitFor();
  assert.ok(await run.isDisabled());
  await page.getByLabel('Replicas', { exact: true }).fill('1..3');
  await page.getByLabel('Workload', { exact: true }).fill('researchflow/worker');
  await page.getByLabel('Nodes', { exact: true }).fill(`none, ${DRAINED}`);
  await run.click();
  const map = page.getByRole('application', { name: /^Pending pods: .* 3 by 2 cells/ });
  await map.waitFor();
  await map.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page
    .getByRole('status')
    .filter({ hasText: 'replicas of researchflow/worker 2, node drained none' })
    .waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Try this cell' }).click();
  await go(page, 'scheduler?view=whatif', 'Scheduler');
  await page.locator('ol').getByText('scale researchflow/worker to 2').waitFor();
});

test('headroom answers as the operation does', async () => {
  const { page } = desk;
  await go(page, 'scheduler?view=checks', 'Scheduler');
  const pods = [
    { podSpec: { name: 'small', resources: { requests: { cpu: '250m', memory: '256Mi' } } } },
    { podSpec: { name: 'large', resources: { requests: { cpu: '2', memory: '4Gi' } } } },
  ];
  const { alone } = await ask(page, 'scheduler_headroom', { pods });
  await page.getByRole('button', { name: 'How many fit?' }).click();
  const table = page.getByRole('table', { name: 'Headroom' });
  await table.waitFor();
  const shown = await table
    .getByRole('row')
    .evaluateAll((r) => r.slice(1).map((x) => x.children[1].innerText));
  assert.deepEqual(
    shown,
    alone.map((a) => String(a.more)),
  );
});

test('luck is played over seeds, and shows every pod once', async () => {
  const { page } = desk;
  await go(page, 'scheduler?view=checks', 'Scheduler');
  await page.getByRole('radio', { name: 'Luck and configurations' }).click();
  const plays = page.getByLabel('Plays');
  await plays.fill('0');
  assert.ok(await page.getByRole('button', { name: 'Play seeds' }).isDisabled(), '0 plays say nothing');
  await plays.fill('5');
  await page.getByRole('button', { name: 'Play seeds' }).click();
  await page.getByText(/^\s*\d+ of \d+\s+pods land the same in all\s+5 plays/).waitFor();
  const { totalPods } = await ask(page, 'scheduler_cluster');
  assert.equal((await cells(page, 'Landings')).length, totalPods);
});

test('two configurations are compared; one that does not read is refused with its field', async () => {
  const { page } = desk;
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  const answer = await ask(page, 'scheduler_profiles', { b: { preset: 'optimizeUtilization' } });
  await page.getByText(`of ${answer.a.pods} pods are placed elsewhere`).waitFor();
  assert.equal((await cells(page, 'Pods placed apart')).length, answer.apart.length);
  assert.ok(answer.apart.length > 0, 'packing puts pods elsewhere');
  await page.getByRole('combobox', { name: 'B' }).selectOption('text');
  await page.getByLabel('Configuration B').fill(CONFIGURATION);
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await page
    .getByRole('alert')
    .filter({ hasText: 'Line 3: KubeSchedulerConfiguration: profilez is no field' })
    .waitFor();
});

/** Another world for a while: the page is opened anew, so that nothing tried on the last is left. */
async function during(page, name, items, view) {
  await ask(page, 'import_world', { name, files: filesOf(items) });
  await ask(page, 'select_world', { world: name });
  await until(
    `the session of ${name}`,
    () => ask(page, 'session'),
    (s) => s.world === name,
  );
  await ask(page, 'session_pause');
  await go(page, `scheduler?view=${view}`, 'Scheduler');
  await page.reload();
}

test('bindings that were recorded are judged: one not feasible, one not best, one best', async () => {
  const { page } = desk;
  await during(page, 'bound', BOUND, 'checks');
  const fit = page.locator('section', { hasText: 'Fit to this cluster' });
  await fit.getByText(/^\s*2 of 3 recorded bindings feasible,\s+33 % in the top-score set/).waitFor();
  const rows = async () => (await cells(page, 'Bindings')).map(([pod, node, word]) => [pod, node, word]);
  assert.deepEqual((await rows()).sort(), [
    ['shop/homesick', 'slow', 'feasible'],
    ['shop/settled', 'fast', 'best'],
    ['shop/strayed', 'slow', 'not feasible'],
  ]);
  await page.getByRole('radio', { name: 'Not feasible 1' }).click();
  await until('the one not feasible', rows, (r) => r.length === 1);
  const [strayed] = await cells(page, 'Bindings');
  assert.equal(strayed[0], 'shop/strayed');
  assert.equal(strayed[5], "node(s) didn't match Pod's node affinity/selector");
  await page.getByRole('radio', { name: 'Not best 1' }).click();
  const [homesick] = await until(
    'the one not best',
    () => cells(page, 'Bindings'),
    ([r]) => r?.[0] === 'shop/homesick',
  );
  assert.ok(
    Number(homesick[3]) < Number(homesick[4]),
    `${homesick[3]} is less than the best, ${homesick[4]}`,
  );
  assert.equal(homesick[5], 'now fast');
});

test('a sweep is cancelled where it runs: it says so, shows no cell of its own, and its job has ended', async () => {
  const { page } = desk;
  const [nodes, across] = [200, 13];
  await during(page, 'wide', wide(nodes), 'sweep');
  const map = page.getByRole('application', { name: /^Pending pods/ });
  const status = page.getByRole('status').filter({ hasText: 'Sweep cancelled' });
  const replicas = page.getByLabel('Replicas', { exact: true });
  const sweep = (cells) =>
    page.getByRole('button', { name: `Sweep ${cells} cell${cells === 1 ? '' : 's'}`, exact: true });
  async function beginAndCancel() {
    await replicas.fill(`${nodes + 1}..${nodes + 64}`);
    const began = page.waitForResponse((r) => r.url().endsWith('/scheduler/sweep'));
    await sweep(64 * across).click();
    const { job } = (await (await began).json()).data;
    await page.getByText(new RegExp(`^[1-9]\\d* of ${64 * across} cells$`)).waitFor();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await status.waitFor();
    await page.getByRole('progressbar', { name: 'Sweeping' }).waitFor({ state: 'detached' });
    const { state, progress, result } = await ask(page, 'job', { job });
    assert.equal(state, 'cancelled');
    assert.ok(progress > 0 && progress < 1 && result === null, `cancelled at ${progress}`);
    assert.ok(await sweep(64 * across).isEnabled(), 'another may be begun');
  }
  await beginAndCancel();
  assert.equal(await map.count(), 0);
  assert.equal(await page.getByRole('button', { name: 'Try this cell' }).count(), 0);
  assert.equal(await page.getByRole('combobox', { name: 'Figure shown' }).count(), 0);
  assert.doesNotMatch(await status.innerText(), /of the sweep before/);

  await replicas.fill(String(nodes));
  await page.getByLabel('Nodes', { exact: true }).fill('none');
  await sweep(1).click();
  await map.waitFor();
  await status.waitFor({ state: 'detached' });
  await page
    .getByLabel('Nodes', { exact: true })
    .fill(['none', ...Array.from({ length: 12 }, (_, i) => `n-${String(i).padStart(3, '0')}`)].join(', '));
  await beginAndCancel();
  assert.match(await status.innerText(), /of the sweep before/);
  assert.match(await map.getAttribute('aria-label'), / 1 by 1 cells/);
});

test('of 30,000 pods only those in view are drawn', async () => {
  const { page } = desk;
  await ask(page, 'select_world', { world: 'researchflow' });
  const real = await ask(page, 'scheduler_board');
  const nodes = Array.from({ length: 2_000 }, (_, i) => ({
    ...real.groups[0].nodes[0],
    name: `node-${i}`,
    pods: Array.from({ length: 15 }, (_, k) => ({
      name: `shop/p-${i}-${k}`,
      service: `shop/s${k}`,
      cpu: 100,
      memory: 2 ** 28,
      phase: 'running',
    })),
  }));
  const answer = { success: true, data: { ...real, groups: [{ zone: 'z', nodes }], pending: [] } };
  await page.route('**/scheduler/board*', (route) => route.fulfill({ json: answer }));
  await page.reload();
  await go(page, 'scheduler?q=s1', 'Scheduler');
  const draws = () => page.evaluate(() => performance.getEntriesByName('board-draw').map((e) => e.detail));
  const seen = await until('the large board', draws, (d) => d.some((x) => x.pods === 30_000));
  const { drawn } = seen.findLast((x) => x.pods === 30_000);
  assert.ok(drawn > 0 && drawn < 15_000, `${drawn} drawn`);
  await page.unroute('**/scheduler/board*');
});

for (const theme of ['dark', 'light'])
  for (const view of ['why', 'fit', 'whatif', 'sweep', 'forks', 'checks'])
    test(`axe finds nothing on ${view}, ${theme}`, async () => {
      const { page } = desk;
      await wear(page, theme);
      const board = await ask(page, 'scheduler_board');
      const pod = board.groups.flatMap((g) => g.nodes).find((n) => n.pods.length).pods[0].name;
      await go(page, `scheduler?view=${view}&sel=pod:${pod}`, 'Scheduler');
      await page.locator('[data-spot]').first().waitFor();
      await page.evaluate(AXE);
      const found = await page.evaluate(async () => {
        const { violations } = await globalThis.axe.run(document);
        return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}`));
      });
      assert.deepEqual(found, []);
    });

test('no page raised an error', () => assert.deepEqual(desk.faults, []));
