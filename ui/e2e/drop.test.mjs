/** Files dropped on the window: a kubectl dump is imported, and what is no dump is refused by name with nothing lost. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { ROOT, ask, sample, start, until } from './harness.mjs';

let desk;
before(async () => {
  desk = await start();
  await sample(desk.page);
});
after(() => desk?.stop());
afterEach(async () => {
  const { page } = desk;
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
});

/** Drags files over the window and lets them go, as a browser tells a page of it. */
async function drop(page, files) {
  const transfer = await page.evaluateHandle(
    (list) => {
      const transfer = new DataTransfer();
      for (const { name, type, base64 } of list) {
        const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
        transfer.items.add(new File([bytes], name, { type }));
      }
      return transfer;
    },
    files.map(({ name, type = '', bytes }) => ({ name, type, base64: bytes.toString('base64') })),
  );
  await page.dispatchEvent('#main', 'dragenter', { dataTransfer: transfer });
  await page.getByText(/^Drop to import/).waitFor();
  await page.dispatchEvent('#main', 'dragover', { dataTransfer: transfer });
  await page.dispatchEvent('#main', 'drop', { dataTransfer: transfer });
  await page.getByText(/^Drop to import/).waitFor({ state: 'hidden' });
}

const worlds = async (page) => (await ask(page, 'worlds')).map((w) => [w.name, w.revision, w.current]).sort();

/** What `kubectl get nodes,deployments,pods -A -o json` prints of one node and one service. */
const DUMP = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'desk-1', labels: { 'topology.kubernetes.io/zone': 'zone-a' } },
      status: {
        capacity: { cpu: '4', memory: '16Gi', pods: '110' },
        allocatable: { cpu: '3920m', memory: '15Gi', pods: '110' },
        conditions: [{ type: 'Ready', status: 'True' }],
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'till', namespace: 'shop' },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'till' } },
        template: {
          metadata: { labels: { app: 'till' } },
          spec: {
            containers: [
              {
                name: 'till',
                image: 'registry.example/till:1.4.2',
                ports: [{ containerPort: 8080 }],
                resources: { requests: { cpu: '250m', memory: '256Mi' } },
              },
            ],
          },
        },
      },
    },
  ],
};

test('a dropped dump is listed, imported and reported on', async () => {
  const { page } = desk;
  const files = [
    { name: 'cluster.json', type: 'application/json', bytes: Buffer.from(JSON.stringify(DUMP)) },
  ];
  await drop(page, files);
  const dialog = page.getByRole('dialog', { name: 'Import a cluster' });
  await dialog.waitFor();
  const listed = dialog.getByRole('list', { name: 'Files to import' });
  for (const { name } of files) await listed.getByText(name, { exact: true }).waitFor();
  await dialog.getByLabel('Name of the world').fill('dropped');
  await dialog.getByRole('button', { name: 'Import', exact: true }).click();
  const report = page.getByRole('dialog', { name: 'Import report' });
  await report.waitFor();
  assert.match(await report.innerText(), /Taken\s+[1-9]/);
  await report.getByRole('button', { name: 'Done' }).click();
  assert.ok((await ask(page, 'worlds')).some((w) => w.name === 'dropped'));
  await until(
    'a session of the dropped world',
    () => ask(page, 'session'),
    (s) => s.world === 'dropped' && s.totals.nodes === 1 && s.totals.pods === 2,
  );
});

const PNG = readFileSync(
  join(
    ROOT,
    'icons',
    readdirSync(join(ROOT, 'icons')).find((n) => n.endsWith('.png')),
  ),
);
const WRONG = [
  { what: 'a picture', name: 'diagram.png', type: 'image/png', bytes: PNG },
  {
    what: 'broken JSON',
    name: 'cluster.json',
    type: 'application/json',
    bytes: Buffer.from('{"kind": "List", "items": [{"kind": "Node", '),
  },
];
for (const file of WRONG)
  test(`${file.what} is refused by its name, and nothing is lost`, async () => {
    const { page } = desk;
    const before = await worlds(page);
    await drop(page, [file]);
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Import', exact: true }).click();
    const alert = dialog.getByRole('alert');
    await alert.waitFor();
    assert.ok((await alert.innerText()).includes(file.name), `names the file: ${await alert.innerText()}`);
    const listed = dialog.getByRole('list', { name: 'Files to import' });
    await listed.getByText(file.name, { exact: true }).waitFor();
    assert.deepEqual(await worlds(page), before);
  });

test('no page raised an error', () => assert.deepEqual(desk.faults, []));
