/**
 * The scene every picture is taken of: the sample lab at a fixed seed and simulated time with a node lost at a fixed
 * time, on a page whose clock stands still and whose answers hold no wall-clock time, hash, port or version of their
 * own. Holds no assertions.
 */
import { PATIENCE_MS, ask, go, sample, start } from './harness.mjs';

/** Seed of the session; the node lost, the service scaled, and the simulated seconds of both and of the picture. */
export const SCENE = {
  seed: 7,
  lost: 'general-a1',
  lostAt: 900,
  scaled: 'researchflow/orchestrator',
  scaledAt: 1500,
  at: 2700,
};
/** The wall clock of the page, and the moment the first thing in it was done. */
const NOW = Date.parse('2026-03-02T10:30:00Z');
const FIRST = Date.parse('2026-03-02T10:00:00Z');
const STEP_MS = 7_000;
const PORT = 3001;
/** What makes the browser draw alike from machine to machine. */
const STEADY = ['--force-color-profile=srgb', '--disable-lcd-text', '--font-render-hinting=none'];
const STILL = `*, *::before, *::after {
  animation: none !important; transition: none !important; caret-color: transparent !important;
}`;

/** The program on the sample, brought to the scene; `page` shows it. */
export async function stage() {
  const desk = await start(STEADY);
  try {
    return await set(desk);
  } catch (error) {
    await desk.stop();
    throw error;
  }
}

async function set(desk) {
  const { page } = desk;
  await sample(page);
  await ask(page, 'session_pause');
  const { world } = await ask(page, 'session');
  await ask(page, 'fork_world', { world, name: 'before-the-freeze' });
  await ask(page, 'delete_world', { world: 'before-the-freeze' });
  await ask(page, 'session_restart', { seed: SCENE.seed });
  await ask(page, 'session_step', { seconds: SCENE.lostAt });
  await ask(page, 'session_kill', { node: SCENE.lost });
  await ask(page, 'session_step', { seconds: SCENE.scaledAt - SCENE.lostAt });
  await ask(page, 'session_scale', { service: SCENE.scaled, replicas: 4 });
  await ask(page, 'session_step', { seconds: SCENE.at - SCENE.scaledAt });
  await page.route('**/api/monitoring/**', steady);
  await page.clock.setFixedTime(NOW);
  const open = new Set();
  let moved = Date.now();
  page.on('request', (r) => !r.url().endsWith('/stream') && open.add(r) && (moved = Date.now()));
  for (const end of ['requestfinished', 'requestfailed'])
    page.on(end, (r) => open.delete(r) && (moved = Date.now()));
  return { ...desk, quietMs: () => (open.size === 0 ? Date.now() - moved : 0) };
}

/** Passes an answer on with what differs from run to run made fixed. The stream is left as it is: it holds none. */
async function steady(route) {
  if (route.request().method() !== 'GET' || route.request().url().endsWith('/stream'))
    return route.continue();
  const response = await route.fetch();
  if (!/json/.test(response.headers()['content-type'] ?? '')) return route.fulfill({ response });
  return route.fulfill({ response, json: fixed(await response.json()) });
}

/** An answer with fixed times, hashes, ports and version; times of a list go by the sequence number beside them. */
function fixed(value, key = '', beside = {}) {
  if (Array.isArray(value)) return value.map((v) => fixed(v, key));
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, fixed(v, k, value)]));
  if (key === 'port' && typeof value === 'number') return PORT;
  if (typeof value !== 'string') return value;
  if (key === 'version') return '1.0.0';
  if (/^[0-9a-f]{64}$/.test(value)) return '4f1c9a07d2be'.padEnd(64, '0');
  if (key === 'expires') return new Date(FIRST + 30 * 86_400_000).toISOString();
  if (/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/.test(value))
    return new Date(FIRST + STEP_MS * (beside.seq ?? 0)).toISOString();
  return value.replaceAll(/(127\.0\.0\.1|localhost):\d+/g, `$1:${PORT}`);
}

/** Puts on a theme and a size, from a fresh page so that nothing of the last picture is left. */
export async function dress(desk, theme, [width, height]) {
  const { page } = desk;
  await page.setViewportSize({ width, height });
  await page.evaluate((name) => localStorage.setItem('drydock.theme', JSON.stringify(name)), theme);
  await page.reload();
  await page.waitForFunction((name) => document.documentElement.dataset.theme === name, theme);
  await page.addStyleTag({ content: STILL });
}

/** Time without a question or a change of the picture after which a page stands still. */
const STILL_MS = 1_000;

/** A picture of a page once it stands still: nothing asked, fonts there, and drawn the same again and again. */
export async function picture(desk, id, title) {
  const { page, quietMs } = desk;
  await go(page, id, title);
  const end = Date.now() + PATIENCE_MS;
  let last;
  let since = Date.now();
  for (;;) {
    await page.evaluate(() => document.fonts.ready.then(() => new Promise(requestAnimationFrame)));
    const next = await page.screenshot({ caret: 'hide', scale: 'css' });
    if (!last?.equals(next)) since = Date.now();
    if (Math.min(quietMs(), Date.now() - since) >= STILL_MS) return next;
    if (Date.now() > end) throw new Error(`${title} does not stand still: it is drawn otherwise every time`);
    last = next;
  }
}
