/** Two worlds' placements as figures side by side. Pure. */
import type { ResultOf } from '$lib/api/client';
import { bytes, count, digits, percent } from '$lib/format';
import type { Row } from '$shell/pair/differences';
import { cpuShare, memoryShare, perHour } from '../whatif/outcome';
import type { Placement } from '../whatif/shapes';

export type Compared = ResultOf<'scheduler_compare'>;

/** Figures of the whole, A and B. */
export function figuresOf(a: Placement, b: Placement): Row[] {
  const row = (
    label: string,
    of: (p: Placement) => number | null,
    format: (v: number) => string,
    better?: Row['better'],
  ): Row => ({ label, a: of(a), b: of(b), format, ...(better ? { better } : {}) });
  const whole = (p: Placement) => {
    const able = p.nodes.filter((n) => n.ready);
    const sum = (key: 'cpuRequested' | 'cpuAllocatable' | 'memoryRequested' | 'memoryAllocatable') =>
      able.reduce((s, n) => s + n[key], 0);
    return {
      cpuRequested: sum('cpuRequested'),
      cpuAllocatable: sum('cpuAllocatable'),
      memoryRequested: sum('memoryRequested'),
      memoryAllocatable: sum('memoryAllocatable'),
    };
  };
  const fit = (p: Placement, by: 'cpu' | 'memory') => p.fragmentation.find((f) => f.resource === by);
  return [
    row('nodes', (p) => p.nodes.length, count),
    row('of these not ready', (p) => p.nodes.filter((n) => !n.ready).length, count, 'less'),
    row('pods', (p) => p.pods, count),
    row('pending', (p) => p.pending.length, count, 'less'),
    row('CPU requested', (p) => cpuShare(whole(p)), percent),
    row('memory requested', (p) => memoryShare(whole(p)), percent),
    row(
      'largest pod by CPU, cores',
      (p) => fit(p, 'cpu')?.milliCpu ?? null,
      (v) => digits(v / 1000),
      'more',
    ),
    row('largest pod by memory', (p) => fit(p, 'memory')?.memoryBytes ?? null, bytes, 'more'),
    row(
      'cost',
      (p) => (p.costPerHour == null ? null : Number(p.costPerHour)),
      (v) => perHour(v.toFixed(6)),
      'less',
    ),
  ];
}

export interface Waits {
  pod: string;
  in: 'A' | 'B' | 'both';
  message: string;
}
/** Pods that wait in either, those of one side first. */
export function waitsOf(c: Pick<Compared, 'a' | 'b'>): Waits[] {
  const inB = new Map(c.b.pending.map((p) => [p.pod, p.message]));
  const inA = new Set(c.a.pending.map((p) => p.pod));
  const rows: Waits[] = [
    ...c.a.pending.map<Waits>((p) => ({ pod: p.pod, in: inB.has(p.pod) ? 'both' : 'A', message: p.message })),
    ...c.b.pending
      .filter((p) => !inA.has(p.pod))
      .map<Waits>((p) => ({ pod: p.pod, in: 'B', message: p.message })),
  ];
  const place = { B: 0, A: 1, both: 2 };
  return rows.sort((x, y) => place[x.in] - place[y.in] || (x.pod < y.pod ? -1 : 1));
}
