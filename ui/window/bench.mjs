/**
 * What the window costs: time to the first frame, memory of the main process, size of the binary, a large heatmap.
 * Prints a table of medians and ends with one line that says how many targets are met; exits 0 only if all are.
 */
import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { Desk, Window, binary, until } from './driver.mjs';

const ROUNDS = 7;
const NODES = 200;
const CELLS = NODES * 1440;
const HOURS = 4;
/** The longest step the session takes at once. */
const STEP_SECONDS = 3600;

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** A line of the kernel's sums over a process's memory, in MB: Rss counts libraries whole, Pss by this process's share. */
const memoryMb = (pid, line) =>
  (Number(new RegExp(`^${line}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]) *
    1024) /
  1e6;

/** The memory of a process once it is at rest: its share changes by less than a hundredth in a second. */
async function settled(pid) {
  let [before, now] = [0, memoryMb(pid, 'Pss')];
  while (Math.abs(now - before) > now / 100) {
    await new Promise((ok) => setTimeout(ok, 1000));
    [before, now] = [now, memoryMb(pid, 'Pss')];
  }
  return { share: now, resident: memoryMb(pid, 'Rss') };
}

/** From the start of the process to the line by which the page says that it is drawn. No driver: it would hold the page. */
async function opening() {
  const desk = await Desk.open();
  const started = performance.now();
  const app = spawn(binary, [], {
    env: { ...desk.env, DRYDOCK_LOG: 'drydock=info' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise((ok) => app.once('exit', ok));
  try {
    let [said, frame] = ['', null];
    app.stderr.on('data', (chunk) => {
      said += chunk;
      const drawn = /the first frame is drawn ago_ms=(\d+)/.exec(said);
      if (drawn) frame ??= performance.now() - started - Number(drawn[1]);
    });
    await until('the first frame', () => frame !== null);
    return { frame, ...(await settled(app.pid)) };
  } finally {
    app.kill('SIGKILL');
    await ended;
    desk.close();
  }
}

function manifests() {
  const node = (i) => `apiVersion: v1
kind: Node
metadata: {name: n-${String(i).padStart(3, '0')}, labels: {topology.kubernetes.io/zone: z${i % 3}}}
status:
  allocatable: {cpu: "4", memory: 16Gi, pods: "110"}
  capacity: {cpu: "4", memory: 16Gi, pods: "110"}
`;
  const work = `apiVersion: apps/v1
kind: Deployment
metadata: {name: work}
spec:
  replicas: ${NODES}
  selector: {matchLabels: {app: work}}
  template:
    metadata: {labels: {app: work}}
    spec: {containers: [{name: c, image: "work:1", resources: {requests: {cpu: "2500m", memory: 1Gi}}}]}
---
apiVersion: v1
kind: Service
metadata: {name: work}
spec: {type: LoadBalancer, selector: {app: work}, ports: [{port: 80}]}
`;
  return [...Array(NODES).keys()].map(node).concat(work).join('---\n');
}

async function heatmap() {
  const window = await Window.open({ size: '1920x1080' });
  try {
    await until('the sample world', async () => (await window.call('lab')).currentWorld);
    await window.call('import_world', {
      name: 'wide',
      files: [{ path: 'wide.yaml', base64: Buffer.from(manifests()).toString('base64') }],
    });
    for (let hour = 0; hour < HOURS; hour += 1) await window.call('session_step', { seconds: STEP_SECONDS });
    await window.run("location.hash = '#/heatmaps?by=node&step=10&window=240'");
    return await until(
      'the large heatmap',
      () =>
        window.run(
          `const drawn = performance.getEntriesByName('heatmap-draw').filter((e) => e.detail?.cells >= arguments[0]);
           return drawn.length ? Math.max(...drawn.map((e) => e.duration)) : null`,
          CELLS,
        ),
      120,
    );
  } finally {
    await window.close();
  }
}

const openings = [];
for (let i = 0; i < ROUNDS; i += 1) openings.push(await opening());
const draws = [];
for (let i = 0; i < 3; i += 1) draws.push(await heatmap());

const rows = [
  ['first frame', median(openings.map((o) => o.frame)), 1000, 'ms'],
  ['main process, its share (PSS)', median(openings.map((o) => o.share)), 120, 'MB'],
  ['release binary', statSync(binary).size / 1e6, 25, 'MB'],
  [`heatmap of ${CELLS.toLocaleString('en-US')} cells`, median(draws), 150, 'ms'],
];
for (const [what, value, target, unit] of rows)
  process.stdout.write(
    `${what.padEnd(32)} ${value.toFixed(1).padStart(8)} ${unit}   target under ${target} ${unit}\n`,
  );
process.stdout.write(
  `${'main process, RSS'.padEnd(32)} ${median(openings.map((o) => o.resident))
    .toFixed(1)
    .padStart(8)} MB   no target: counts shared libraries whole\n`,
);
const met = rows.filter(([, value, target]) => value < target).length;
process.stdout.write(`window: ${met} of ${rows.length} targets met (target: all)\n`);
process.exit(met === rows.length ? 0 : 1);
