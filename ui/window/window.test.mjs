/** The main job in the real window: open, import, play, kill a node, see cells change, undo. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Window, until } from './driver.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const boutique = join(here, '../../../shared/data/cluster/online-boutique/kubernetes-manifests.yaml');

async function inWindow(work) {
  const window = await Window.open();
  try {
    await until('the shell', () =>
      window.run("return !!document.querySelector('nav') && document.body.innerText.length > 50"),
    );
    await work(window);
  } finally {
    await window.close();
  }
}

test('the window opens on the sample and is not white', () =>
  inWindow(async (window) => {
    await until('the sample world', async () => (await window.text()).includes('researchflow'));
    const lab = await window.call('lab');
    assert.equal(lab.currentWorld, 'researchflow');
    assert.notEqual(await window.run('return navigator.language'), 'C', 'the locale breaks Intl');
  }));

test('import, play, kill a node, see cells change, undo', async () => {
  if (!existsSync(boutique)) {
    process.stderr.write('skipped: window-main-job needs ../shared/data/cluster/online-boutique\n');
    return;
  }
  await inWindow(async (window) => {
    await until('the sample world', async () => (await window.call('lab')).currentWorld);
    await window.run(
      `[...document.querySelectorAll('header button, .top button, button')].find((b) => b.textContent.trim() === 'Import').click()`,
    );
    await until('the file picker', () =>
      window.run("return !!document.querySelector('[data-import-files]')"),
    );
    await window.run(
      `const transfer = new DataTransfer();
       transfer.items.add(new File([arguments[0]], 'kubernetes-manifests.yaml'));
       const input = document.querySelector('[data-import-files]');
       input.files = transfer.files;
       input.dispatchEvent(new Event('change', { bubbles: true }));`,
      readFileSync(boutique, 'utf8'),
    );
    await until('the import dialog', async () => (await window.text()).includes('kubernetes-manifests.yaml'));
    await window.run(
      `[...document.querySelectorAll('[role=dialog] button')].find((b) => b.textContent.trim().startsWith('Import')).click()`,
    );
    await until(
      'the import',
      async () => (await window.call('world', { world: 'current' })).services.length >= 12,
    );

    await window.call('session_step', { seconds: 300 });
    const before = await window.call('heatmap', { type: 'cpu', by: 'node', step: 10 });
    const board = await window.call('scheduler_board');
    const fullest = board.groups
      .flatMap((g) => g.nodes)
      .sort((a, b) => b.pods.length - a.pods.length)[0].name;
    await window.call('session_kill', { node: fullest });
    await window.call('session_step', { seconds: 300 });
    const after = await window.call('heatmap', { type: 'cpu', by: 'node', step: 10 });
    const row = (map) => map.values[map.services.indexOf(fullest)];
    assert.ok(
      row(before).some((v) => v > 0),
      'the node worked before',
    );
    assert.ok(
      row(after)
        .slice(-12)
        .every((v) => v === null),
      'a dead node has no measurement, not a zero',
    );

    await window.run("location.hash = '#/heatmaps'");
    await until('a painted heatmap', () =>
      window.run(`const c = document.querySelector('canvas'); return !!c && c.width > 100`),
    );
    await window.call('session_heal', {});
    assert.deepEqual((await window.call('session')).faults, []);
    await window.call('scale_service', { world: 'current', service: 'frontend', replicas: 3 });
    await window.call('undo', { world: 'current' });
    const world = await window.call('world', { world: 'current' });
    assert.equal(world.services.find((s) => s.id.endsWith('/frontend')).replicas, 1);
  });
});

test('the scheduler page tries a drain and shows what moves', () =>
  inWindow(async (window) => {
    await until('the sample world', async () => (await window.call('lab')).currentWorld);
    await window.run("location.hash = '#/scheduler?view=whatif'");
    await until('a painted board', () =>
      window.run(
        `const c = document.querySelector('[aria-label="Nodes and their pods"] canvas');
         const spot = document.querySelector('[data-spot]');
         return !!c && c.width > 100 && !!spot?.getAttribute('aria-label')`,
      ),
    );
    const board = await window.call('scheduler_board', { simulationId: 'current' });
    const fullest = board.groups
      .flatMap((g) => g.nodes)
      .sort((a, b) => b.pods.length - a.pods.length)[0].name;
    const changes = [{ type: 'drainNodes', nodes: [fullest] }];
    const { moved } = await window.call('scheduler_what_if', { changes });
    assert.ok(moved.length > 0, 'the drained node had pods');
    await window.run(
      `const area = document.querySelector('textarea[aria-label="Changes as text"]');
       area.value = arguments[0];
       area.dispatchEvent(new Event('input', { bubbles: true }));`,
      JSON.stringify(changes),
    );
    await until('the moves', async () => (await window.text()).includes(`Moved ${moved.length}`));
    const text = await window.text();
    for (const m of moved) assert.ok(text.includes(m.pod), `${m.pod} is listed`);
  }));
