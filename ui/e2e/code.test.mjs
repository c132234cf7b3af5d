/** Fields of code: the editor comes when it is needed, is in step with the forms, marks what is wrong, lets keys through. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { ask, go, sample, start, until, wear, written } from './harness.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const EDITOR = '**/assets/editor-*.js';
const TWO = `changes:
  - type: drainNodes
    nodes:
      - general-b1
  - type: failZone
    zone: us-west-2c
`;
let desk;
before(async () => {
  desk = await start();
  const { page } = desk;
  await sample(page);
  await ask(page, 'session_pause');
  await page.addInitScript(() => {
    globalThis.forbidden = [];
    document.addEventListener('securitypolicyviolation', (e) =>
      globalThis.forbidden.push(e.violatedDirective),
    );
  });
});
after(() => desk?.stop());

const field = (page, name = 'Changes as text') => page.getByRole('textbox', { name, exact: true });
const changes = (page) => page.locator('ol .what').allInnerTexts();
const told = (page, what) => page.getByRole('alert').filter({ hasText: what }).first();
/** Opens the what-if anew with nothing tried. */
async function anew(page, shown = true) {
  await go(page, 'scheduler?view=whatif', 'Scheduler');
  await page.reload();
  await field(page).waitFor();
  if (shown) await field(page).locator('.cm-line').first().waitFor();
}
/** The lines of a field that are marked beside, and those that are underlined. */
const marked = (page, name) =>
  field(page, name).evaluate((content) => {
    const lines = [...content.querySelectorAll('.cm-line')];
    const beside = [...content.closest('.cm-editor').querySelectorAll('.cm-lint-marker-error')];
    const at = (marker) => {
      const { top, bottom } = marker.getBoundingClientRect();
      return 1 + lines.findIndex((l) => l.getBoundingClientRect().bottom > (top + bottom) / 2);
    };
    return {
      beside: beside.map(at),
      under: lines.flatMap((l, i) =>
        l.querySelector('.cm-lintRange-error, .cm-lintPoint-error') ? [i + 1] : [],
      ),
    };
  });

test('the editor is fetched where code is written, not with the first frame', async () => {
  const { page } = desk;
  // By what is in the scripts, whatever they are called: bundled with the first frame, it would be in another.
  const fetched = () =>
    page.evaluate(async () => {
      const scripts = performance.getEntriesByType('resource').filter((e) => e.name.endsWith('.js'));
      const texts = await Promise.all(scripts.map(async (e) => (await fetch(e.name)).text()));
      return texts.some((text) => text.includes('cm-scroller'));
    });
  await go(page, 'overview', 'Overview');
  await page.reload();
  await page.locator('main h1').first().waitFor();
  assert.equal(await fetched(), false);
  await anew(page);
  assert.equal(await fetched(), true);
});

test('it looks as the theme says, under the policy the door sends', async () => {
  const { page } = desk;
  await anew(page);
  await field(page).fill(TWO);
  const look = await field(page).evaluate((content) => {
    const token = (name) => {
      const probe = document.body.appendChild(document.createElement('i'));
      probe.style.color = `var(${name})`;
      const { color } = getComputedStyle(probe);
      probe.remove();
      return color;
    };
    const key = [...content.querySelectorAll('span')].find((s) => s.textContent === 'changes');
    return {
      layout: getComputedStyle(content.parentElement).display,
      wraps: getComputedStyle(content).whiteSpace,
      key: getComputedStyle(key).color === token('--code-key'),
      forbidden: globalThis.forbidden,
    };
  });
  assert.deepEqual(look, { layout: 'flex', wraps: 'break-spaces', key: true, forbidden: [] });
});

test('a list of changes is typed line by line, and each moment of it can be shown', async () => {
  const { page } = desk;
  await anew(page);
  await field(page).click();
  await page.keyboard.press('ControlOrMeta+a');
  for (const key of '- type: taintNodes') await page.keyboard.press(key === ' ' ? 'Space' : key);
  await page.locator('ol .what').first().click();
  await field(page).click();
  await page.keyboard.press('ControlOrMeta+End');
  // The line begun is indented as the one before it.
  for (const line of ['pool: general', 'add:', '- key: batch', 'effect: NoExecute']) {
    await page.keyboard.press('Enter');
    await page.keyboard.type(line, { delay: 5 });
  }
  await until(
    'the form',
    () => changes(page),
    (c) => /taint pool general batch:NoExecute/.test(c[0] ?? ''),
  );
  assert.deepEqual(desk.faults, []);
});

test('what is typed key by key is what the forms show, and stays as it is typed', async () => {
  const { page } = desk;
  await anew(page);
  await field(page).click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('# lost\n- {zone: us-west-2c,   type: failZone}');
  await until(
    'the form',
    () => changes(page),
    (c) => /fail zone us-west-2c/.test(c[0] ?? ''),
  );
  assert.equal(await written(field(page)), '# lost\n- {zone: us-west-2c,   type: failZone}');
  // In the middle of a text the cursor stays where one types.
  await page.keyboard.press('ControlOrMeta+Home');
  await page.keyboard.press('End');
  await page.keyboard.type(' zone', { delay: 30 });
  assert.equal((await written(field(page))).split('\n')[0], '# lost zone');
});

test('an edit of the form changes its line of the text, and the cursor stays where it was', async () => {
  const { page } = desk;
  await anew(page);
  await field(page).fill(TWO);
  await page.locator('ol').getByText('fail zone us-west-2c').click();
  await field(page).click();
  await page.keyboard.press('ControlOrMeta+Home');
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'End']) await page.keyboard.press(key);
  await page.getByLabel('Zone *').fill('us-west-2a');
  await until(
    'the text',
    () => written(field(page)),
    (t) => t === TWO.replace('2c', '2a'),
  );
  await field(page).focus();
  await page.keyboard.type('0');
  assert.equal(await written(field(page)), TWO.replace('2c', '2a').replace('b1', 'b10'));
  await told(page, 'Line 4: nodes.0: there is no node general-b10; did you mean general-b1?').waitFor();
  await page.keyboard.press('ControlOrMeta+z');
  await page.keyboard.press('ControlOrMeta+z');
  await until(
    'the form as it was',
    () => changes(page),
    (c) => /us-west-2c/.test(c[1] ?? ''),
  );
  assert.equal(await written(field(page)), TWO);
  await page.keyboard.press('ControlOrMeta+Shift+Z');
  await until(
    'the edit again',
    () => changes(page),
    (c) => /us-west-2a/.test(c[1] ?? ''),
  );
});

test('going back never brings YAML where JSON is shown', async () => {
  const { page } = desk;
  await anew(page);
  await field(page).fill(TWO);
  await page.getByRole('radio', { name: 'JSON' }).click();
  await until(
    'JSON',
    () => written(field(page)),
    (t) => t.startsWith('{'),
  );
  const json = await written(field(page));
  await field(page).focus();
  await page.keyboard.press('ControlOrMeta+z');
  assert.equal(await written(field(page)), json);
  await page.getByRole('radio', { name: 'YAML' }).click();
});

test('a syntax error is marked at its line, told below, and gone when it is mended', async () => {
  const { page } = desk;
  await anew(page);
  await field(page).fill('changes:\n  - type: drainNodes\n    nodes: [general-b1\n  - type: failZone\n');
  await told(page, /^Line 4: /).waitFor();
  assert.deepEqual(await marked(page), { beside: [4], under: [4] });
  assert.equal(await field(page).getAttribute('aria-invalid'), 'true');
  const note = await field(page).getAttribute('aria-describedby');
  assert.match(await page.locator(`[id="${note}"]`).innerText(), /^Line 4: /);
  await field(page).fill(
    'changes:\n  - type: failZone\n    zone: us-west-2q\n  - type: failNodes\n    nodes: [nobody]\n',
  );
  await told(page, /^Line 3: zone: there is no zone us-west-2q.* \(and 1 more\)$/).waitFor();
  assert.deepEqual(await marked(page), { beside: [3, 5], under: [3, 5] });
  await field(page).fill('- {type: failZone, zone: us-west-2q}');
  await told(page, /^Line 1: /).waitFor();
  for (const key of ['ControlOrMeta+End', 'ArrowLeft', 'Backspace', 'c']) await page.keyboard.press(key);
  await until(
    'no mark',
    () => marked(page),
    (m) => m.beside.length + m.under.length === 0,
  );
  assert.equal(await field(page).getAttribute('aria-invalid'), null);
});

test('what the operation refuses is marked at the line of the field', async () => {
  const { page } = desk;
  await anew(page);
  await field(page).fill(
    '- type: drainNodes\n  nodes: [general-b1]\n- type: scaleWorkload\n  replicas: 3\n  workload: nobody\n',
  );
  await told(page, /^Change 2: .*nobody/).waitFor();
  assert.deepEqual(await marked(page), { beside: [5], under: [5] });
});

test('manifests in a form are read as they are typed', async () => {
  const { page } = desk;
  await anew(page);
  await page.getByRole('button', { name: 'Add a change' }).click();
  await page.getByRole('menuitem', { name: /^Add workloads/ }).click();
  const manifests = field(page, 'Manifests');
  await manifests.fill('kind: Pod\nmetadata: {name: a\n');
  await told(page, /^Line 3: /).waitFor();
  assert.deepEqual(await marked(page, 'Manifests'), { beside: [3], under: [3] });
  await manifests.fill(
    'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, image: c}]}\n',
  );
  await until(
    'the text',
    () => written(field(page)),
    (t) => t.includes('      metadata: {name: a}'),
  );
  assert.deepEqual(await marked(page, 'Manifests'), { beside: [], under: [] });
});

test('the keyboard enters the editor, and leaves it both ways', async () => {
  const { page } = desk;
  await anew(page);
  await field(page).fill(TWO);
  const at = () =>
    page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.id);
  const id = await field(page).getAttribute('id');
  await page.getByRole('button', { name: 'Copy the text' }).focus();
  await page.keyboard.press('Tab');
  assert.equal(await at(), id);
  await page.keyboard.press('Tab');
  assert.notEqual(await at(), id, 'Tab leaves');
  await page.keyboard.press('Shift+Tab');
  assert.equal(await at(), id);
  await page.keyboard.press('Shift+Tab');
  assert.equal(await at(), 'Copy the text');
  assert.equal(await written(field(page)), TWO, 'and no Tab is typed');
  // Keys that the window binds elsewhere are text here, and one indents.
  await page.keyboard.press('Tab');
  await page.keyboard.press('ControlOrMeta+Home');
  await page.keyboard.type('# [ . / ?\n');
  await page.keyboard.press('ControlOrMeta+]');
  assert.equal(await written(field(page)), `# [ . / ?\n  ${TWO}`);
});

test('until the editor is there one types in a plain field, and goes on without a loss', async () => {
  const { page } = desk;
  let bring;
  await page.route(EDITOR, async (route) => {
    await new Promise((go) => (bring = go));
    await route.continue();
  });
  await anew(page, false);
  const plain = page.locator('textarea');
  await plain.click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('- {type: failZone, zone: us-}');
  await page.keyboard.press('ArrowLeft');
  bring();
  await plain.waitFor({ state: 'detached' });
  await page.keyboard.type('west-2c');
  assert.equal(await written(field(page)), '- {type: failZone, zone: us-west-2c}');
  await until(
    'the form',
    () => changes(page),
    (c) => /fail zone us-west-2c/.test(c[0] ?? ''),
  );
  await page.unroute(EDITOR);
});

test('where the editor cannot be fetched, the plain field does', async () => {
  const { page } = desk;
  await page.route(EDITOR, (route) => route.abort());
  await anew(page, false);
  await page.locator('textarea').fill('- {type: failZone, zone: us-west-2q}\n');
  await told(page, 'Line 1: zone: there is no zone us-west-2q').waitFor();
  assert.equal(await page.locator('.cm-editor').count(), 0);
  await page.unroute(EDITOR);
});

test('an operation is run by hand, its input checked as it is typed', async () => {
  const { page } = desk;
  await page.reload();
  await page.keyboard.press('ControlOrMeta+k');
  await page.getByPlaceholder(/^Pages, worlds/).fill('headroom');
  await page
    .getByRole('option', { name: /headroom/ })
    .first()
    .click();
  const input = field(page, 'Input, JSON');
  await input.locator('.cm-line').first().waitFor();
  await input.fill('{\n  "pods": [\n    {name: 1}\n  ]\n}');
  await told(page, /^Line 3: /).waitFor();
  assert.ok(await page.getByRole('button', { name: 'Run', exact: true }).isDisabled());
  await input.fill('{"pods": [{"podSpec": {"name": "small", "resources": {"requests": {"cpu": "1"}}}}]}');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByLabel('Answer').getByText('"together"').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
});

for (const theme of ['dark', 'light'])
  test(`axe finds nothing where code is marked, ${theme}`, async () => {
    const { page } = desk;
    const axe = async () => {
      await page.evaluate(AXE);
      return page.evaluate(async () => {
        const { violations } = await globalThis.axe.run(document);
        return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}`));
      });
    };
    await wear(page, theme);
    await anew(page);
    await field(page).fill(`# a comment\n- &x {type: failZone, zone: "us-west-2q"}\n- *x\n`);
    await told(page, /^Line 2: /).waitFor();
    await page.locator('.cm-lint-marker-error').first().hover();
    await page.locator('.cm-diagnostic').waitFor();
    assert.deepEqual(await axe(), []);
    await page.mouse.move(0, 0);
    await go(page, 'scheduler?view=checks', 'Scheduler');
    await page.getByRole('radio', { name: 'Luck and configurations' }).click();
    await page.getByRole('combobox', { name: 'B' }).selectOption('text');
    await field(page, 'Configuration B').fill('a: [');
    await told(page, /^Line 1: /).waitFor();
    assert.deepEqual(await axe(), []);
  });

test('no page raised an error', () => assert.deepEqual(desk.faults, []));
