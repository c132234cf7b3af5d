/** The third column: figures of two sides at one moment, and what changed from A to B. Pure. */
import type { ResultOf } from '$lib/api/client';
import type { ClusterStatus } from '$lib/api/shapes';
import { count, digits, ms, percent, seconds } from '$lib/format';

export interface Answers {
  status: ClusterStatus | undefined;
  latency: ResultOf<'latency'> | undefined;
  cost: ResultOf<'cost_rate'> | undefined;
}
export interface Row {
  label: string;
  a: number | null;
  b: number | null;
  format: (v: number) => string;
  /** Which way is good; neither where it depends. */
  better?: 'less' | 'more';
}

const num = (v: number | string | null | undefined): number | null =>
  v === null || v === undefined || v === '' || !Number.isFinite(Number(v)) ? null : Number(v);
const dollars = (v: number) => `$${digits(v)}/h`;

/** What of the whole is compared at the moment. `window` is in minutes. */
export function figures(a: Answers, b: Answers, window: number): Row[] {
  const row = (
    label: string,
    of: (x: Answers) => number | string | null | undefined,
    format: (v: number) => string,
    better?: 'less' | 'more',
  ): Row => ({ label, a: num(of(a)), b: num(of(b)), format, ...(better ? { better } : {}) });
  const ended = (x: Answers) => (x.latency ? x.latency.count + x.latency.failed : null);
  const services = (x: Answers) => (x.status ? Object.values(x.status.services) : null);
  return [
    row('services not healthy', (x) => services(x)?.filter((s) => !s.healthy).length, count, 'less'),
    row(
      'nodes not ready',
      (x) => x.status?.nodes.filter((n) => n.status !== 'Ready' || n.killed).length,
      count,
      'less',
    ),
    row('pods', (x) => services(x)?.reduce((sum, s) => sum + s.replicas, 0), count),
    row('pods pending', (x) => x.status?.pending.length, count, 'less'),
    row(`requests, ${window} min`, ended, count),
    row(
      'failed of these',
      (x) => (ended(x) ? (x.latency?.failed ?? 0) / (ended(x) ?? 1) : null),
      percent,
      'less',
    ),
    row('latency p50', (x) => x.latency?.p50Ms, ms, 'less'),
    row('latency p95', (x) => x.latency?.p95Ms, ms, 'less'),
    row('latency p99', (x) => x.latency?.p99Ms, ms, 'less'),
    row('cost', (x) => x.cost?.perHour.amount, dollars, 'less'),
    row('of it idle', (x) => x.cost?.idle.amount, dollars, 'less'),
  ];
}

/** By service: the figure the page is about, greatest change first, unchanged ones last. */
export function byService(page: string, a: Answers, b: Answers): { what: string; rows: Row[] } {
  const costOf = (x: Answers, id: string) => x.cost?.services.find((s) => s.id === id)?.perHour.amount;
  const of: Record<
    string,
    [string, (x: Answers, id: string) => unknown, (v: number) => string, Row['better']]
  > = {
    heatmaps: ['CPU, cores', (x, id) => x.status?.services[id]?.cpuCores, (v) => digits(v), undefined],
    cost: ['cost', costOf, dollars, 'less'],
    cluster: ['ready pods', (x, id) => x.status?.services[id]?.availableReplicas, count, undefined],
    scheduler: ['ready pods', (x, id) => x.status?.services[id]?.availableReplicas, count, undefined],
    chaos: ['ready pods', (x, id) => x.status?.services[id]?.availableReplicas, count, undefined],
  };
  const [what, read, format, better] = of[page] ?? [
    'p99 in the last 10 s',
    (x: Answers, id: string) => x.status?.services[id]?.p99Ms,
    ms,
    'less' as const,
  ];
  const ids = [
    ...new Set([...Object.keys(a.status?.services ?? {}), ...Object.keys(b.status?.services ?? {})]),
  ].sort();
  const rows = ids.map<Row>((id) => ({
    label: id,
    a: num(read(a, id) as number | string | null | undefined),
    b: num(read(b, id) as number | string | null | undefined),
    format,
    ...(better ? { better } : {}),
  }));
  return { what, rows: rows.sort((x, y) => weight(y) - weight(x)) };
}

/** How much a row changed, as a share of the greater; a figure only one side has counts as changed wholly. */
function weight(r: Row): number {
  if (r.a === null && r.b === null) return -1;
  if (r.a === null || r.b === null) return 1;
  const most = Math.max(Math.abs(r.a), Math.abs(r.b));
  return most === 0 ? 0 : Math.abs(r.b - r.a) / most;
}

/** Figures of whole runs; those of single services stay with the list above. */
export function ofRuns(differences: ResultOf<'compare_runs'>['differences']): Row[] {
  const formats: Record<string, (v: number) => string> = {
    ms,
    s: seconds,
    ratio: percent,
    requests: count,
    'USD/h': dollars,
    USD: (v) => `$${digits(v)}`,
  };
  return differences
    .filter((d) => !d.figure.includes('/'))
    .map((d) => ({
      label: d.figure,
      a: num(d.a),
      b: num(d.b),
      format: formats[d.unit] ?? ((v: number) => digits(v, 4)),
      ...(/latency|failed|error|cost/.test(d.figure) ? { better: 'less' as const } : {}),
    }));
}

/** "+12.0 ms", "0", or a dash where one side lacks it. */
export function change(r: Row): string {
  if (r.a === null || r.b === null) return '–';
  const by = r.b - r.a;
  if (by === 0) return '=';
  return `${by > 0 ? '+' : '−'}${r.format(Math.abs(by))}`;
}

/** Whether B is better or worse than A, where that can be said. */
export function verdict(r: Row): 'better' | 'worse' | null {
  if (!r.better || r.a === null || r.b === null || r.a === r.b) return null;
  return r.b < r.a === (r.better === 'less') ? 'better' : 'worse';
}

/** Parameters whose value differs, or that only one world has. */
export function parameters(
  a: ResultOf<'parameters'>,
  b: ResultOf<'parameters'>,
): { key: string; a: number | null; b: number | null; unit: string }[] {
  const inB = new Map(b.map((p) => [p.key, p]));
  const inA = new Set(a.map((p) => p.key));
  return [
    ...a.map((p) => ({ key: p.key, a: p.value, b: inB.get(p.key)?.value ?? null, unit: p.unit })),
    ...b.filter((p) => !inA.has(p.key)).map((p) => ({ key: p.key, a: null, b: p.value, unit: p.unit })),
  ].filter((p) => p.a !== p.b);
}
