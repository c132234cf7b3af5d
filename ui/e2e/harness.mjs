/**
 * Starts the real program on a fresh lab, signs a browser in with the one-time code it prints, and
 * asks operations the way the window does. Holds no assertions.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const HERE = dirname(fileURLToPath(import.meta.url));
export const ROOT = resolve(HERE, '../..');
export const SHOTS = join(HERE, 'shots');
const BINARY = resolve(ROOT, process.env.DRYDOCK_BIN ?? 'target/debug/drydock');
const CHROMIUM = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  (path) => path && existsSync(path),
);
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
/** Longest wait for anything: a debug build on a busy machine is slow, and a wait that ends early proves nothing. */
export const PATIENCE_MS = 60_000;

export const PAGES = [
  ['overview', 'Overview'],
  ['cluster', 'Cluster'],
  ['heatmaps', 'Heatmaps'],
  ['latency', 'Latency'],
  ['parameters', 'Parameters'],
  ['scheduler', 'Scheduler'],
  ['chaos', 'Chaos'],
  ['cost', 'Cost'],
  ['audit', 'Audit'],
  ['settings', 'Settings'],
];

/** Manifests nobody here wrote, or the sample's own where the shared data is absent. */
export function manifests(test) {
  const shared = join(ROOT, '../shared/data/cluster/online-boutique/kubernetes-manifests.yaml');
  if (existsSync(shared)) return { name: 'boutique', files: [shared] };
  process.stderr.write(
    `skipped: ${test} needs ../shared/data/cluster/online-boutique; it runs on samples/researchflow\n`,
  );
  const folder = join(ROOT, 'samples/researchflow');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return { name: 'again', files };
}

/** Starts `drydock serve` on a fresh lab and a browser, with more flags if given; `stop` ends both. */
export async function start(flags = []) {
  if (!existsSync(BINARY)) throw new Error(`${BINARY} is not built: cargo build, or set DRYDOCK_BIN`);
  if (!CHROMIUM) throw new Error('no Chromium: install chromium, or set CHROMIUM to its path');
  const folder = mkdtempSync(join(tmpdir(), 'drydock-e2e-'));
  const child = spawn(BINARY, ['--lab', join(folder, 'e2e.lab'), 'serve', '--port', '0'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const url = await printed(child);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...flags] });
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(PATIENCE_MS);
  await context.addInitScript(() => {
    // The first hint would lie over what is looked at; a page of another origin keeps no storage.
    if (location.protocol === 'http:') localStorage.setItem('drydock.hintDone', 'true');
  });
  const page = await context.newPage();
  const faults = [];
  page.on('pageerror', (error) => faults.push(error.message));
  await page.goto(url);
  await page.locator('main h1').first().waitFor();
  const stop = async () => {
    await browser.close();
    const ended = new Promise((done) => child.once('exit', done));
    if (child.exitCode === null && child.kill('SIGTERM')) await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return { page, url: new URL('/', url).href, faults, stop };
}

/** The address that signs a browser in, once the program has printed it. */
function printed(child) {
  return new Promise((found, failed) => {
    let out = '';
    let errors = '';
    child.stderr.on('data', (part) => (errors += part));
    child.stdout.on('data', (part) => {
      out += part;
      const match = /https?:\/\/\S+[?&]code=[^\s"]+/.exec(out);
      if (match) found(match[0]);
    });
    child.once('error', failed);
    child.once('exit', (code) => failed(new Error(`drydock serve ended with ${code}: ${errors || out}`)));
  });
}

/** Asks an operation from within the page, so that its cookie and origin are the window's own. */
export function ask(page, name, input = {}) {
  return page.evaluate(
    async ([name, input]) => {
      const base = '/api/monitoring';
      const rows = (await (await fetch(`${base}/operations`)).json()).data;
      const row = rows.find((r) => r.name === name);
      if (!row) throw new Error(`no operation ${name}`);
      const rest = { ...input };
      const path = row.path.replace(/\{(\w+)\}/g, (_, key) => {
        const value = rest[key];
        delete rest[key];
        return encodeURIComponent(String(value));
      });
      const whole = path.startsWith('/api/') ? path : `${base}${path}`;
      const read = row.method === 'GET' || row.method === 'DELETE';
      const query = read ? new URLSearchParams(rest).toString() : '';
      const answer = await fetch(query ? `${whole}?${query}` : whole, {
        method: row.method,
        ...(read ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(rest) }),
      });
      const body = await answer.json();
      if (!body.success) throw new Error(`${name}: ${body.error}`);
      return body.data;
    },
    [name, input],
  );
}

/** Asks again and again until the answer holds; says what it last was when it never does. */
export async function until(what, read, holds) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (Date.now() > end) throw new Error(`${what} did not come about; last seen: ${JSON.stringify(value)}`);
    await new Promise((go) => setTimeout(go, 150));
  }
}

/** Waits until the sample is open, as it is at a first start. */
export const sample = (page) =>
  until(
    'the sample',
    () => ask(page, 'session'),
    (s) => s.state !== 'empty',
  );

export const seconds = (ns) => Number(BigInt(ns) / 1_000_000n) / 1000;

/** Opens a page of the window by its address and waits for its title line. */
export async function go(page, id, title) {
  await page.evaluate((hash) => (location.hash = hash), `#/${id}`);
  await page.locator('main h1', { hasText: title }).waitFor();
  await page
    .locator('#main')
    .getByText(/^Loading/)
    .first()
    .waitFor({ state: 'hidden' });
}

/** Chooses a theme the way the Settings page does. */
export async function wear(page, theme) {
  await go(page, 'settings', 'Settings');
  await page.getByRole('radio', { name: theme === 'dark' ? 'Dark' : 'Light', exact: true }).click();
  await page.waitForFunction((name) => document.documentElement.dataset.theme === name, theme);
}

/** Plays until the session has simulated at least this many seconds, then pauses. */
export async function playTo(page, goal) {
  await ask(page, 'session_play', { speed: 60 });
  const session = await until(
    `${goal} s of simulated time`,
    () => ask(page, 'session'),
    (s) => seconds(s.endNs) >= goal,
  );
  await ask(page, 'session_pause');
  return session;
}

/** What is written in a field of code, once it is the editor that shows it. */
export async function written(field) {
  const lines = field.locator('.cm-line');
  await lines.first().waitFor();
  return lines.evaluateAll((all) => all.map((line) => line.textContent).join('\n'));
}

/** Everything drawn on the page's canvases, as text that can be compared. */
export const drawn = (page) =>
  page.evaluate(() => [...document.querySelectorAll('#main canvas')].map((c) => c.toDataURL()).join('\n'));
