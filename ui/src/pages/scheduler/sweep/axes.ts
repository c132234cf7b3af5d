/** An axis of a sweep from a few fields: what is varied, of what, over which values. Pure. */
import { nearest, type Known } from '../whatif/changes';
import type { Change } from '../whatif/shapes';

export interface AxisSpec {
  kind: string;
  /** The workload, pool or node it is about, where the kind has one. */
  target: string;
  /** Values, comma between; whole numbers may be a range, 2..8. */
  values: string;
}
export interface AxisKind {
  kind: string;
  label: string;
  /** What the target is; absent where there is none. */
  target?: { label: string; of: keyof Known };
  values: { label: string; placeholder: string; numbers?: boolean };
  change: (target: string, value: string) => Change[];
  name: (target: string) => string;
}

/** Stands for leaving the world as it is. */
export const NONE = 'none';
const MOST = 64;

export const AXES: readonly AxisKind[] = [
  {
    kind: 'replicas',
    label: 'Replicas of a workload',
    target: { label: 'Workload', of: 'workloads' },
    values: { label: 'Replicas', placeholder: '2..10 or 2, 4, 8', numbers: true },
    change: (workload, n) => [{ type: 'scaleWorkload', workload, replicas: Number(n) }],
    name: (t) => `replicas of ${t}`,
  },
  {
    kind: 'pool',
    label: 'Nodes of a pool',
    target: { label: 'Pool', of: 'pools' },
    values: { label: 'Nodes', placeholder: '3..6', numbers: true },
    change: (pool, n) => [{ type: 'resizePool', pool, count: Number(n) }],
    name: (t) => `nodes of ${t}`,
  },
  {
    kind: 'add',
    label: 'Nodes added',
    target: { label: 'Like', of: 'nodes' },
    values: { label: 'How many', placeholder: '0..4', numbers: true },
    change: (like, n) => (Number(n) === 0 ? [] : [{ type: 'addNodes', count: Number(n), like }]),
    name: (t) => `nodes added like ${t}`,
  },
  {
    kind: 'machine',
    label: 'Machine of a pool',
    target: { label: 'Pool', of: 'pools' },
    values: { label: 'Instance types', placeholder: 'none, m7g.xlarge' },
    change: (pool, type) => (type === NONE ? [] : [{ type: 'replacePool', pool, instanceType: type }]),
    name: (t) => `machine of ${t}`,
  },
  {
    kind: 'zone',
    label: 'A zone lost',
    values: { label: 'Zones', placeholder: 'none, then zones' },
    change: (_, zone) => (zone === NONE ? [] : [{ type: 'failZone', zone }]),
    name: () => 'zone lost',
  },
  {
    kind: 'drain',
    label: 'A node drained',
    values: { label: 'Nodes', placeholder: 'none, then nodes' },
    change: (_, node) =>
      node === NONE ? [] : [{ type: 'drainNodes', nodes: [node], force: true, deleteEmptyDirData: true }],
    name: () => 'node drained',
  },
  {
    kind: 'scheduler',
    label: 'Scheduler preset',
    values: { label: 'Presets', placeholder: 'default, optimizeUtilization' },
    change: (_, preset) => (preset === NONE ? [] : [{ type: 'setScheduler', preset }]),
    name: () => 'scheduler',
  },
];
export const axisKind = (kind: string): AxisKind => AXES.find((a) => a.kind === kind) ?? AXES[0]!;

/** Values of a list; a range of whole numbers is spelt out. Null where it is neither. */
export function valuesOf(text: string, numbers: boolean): string[] | null {
  const out: string[] = [];
  for (const part of text.split(',').map((p) => p.trim())) {
    if (part === '') continue;
    const range = numbers ? /^(\d{1,6})\.\.(\d{1,6})$/.exec(part) : null;
    if (range) {
      const [from, to] = [Number(range[1]), Number(range[2])];
      if (to < from || to - from > MOST) return null;
      for (let n = from; n <= to; n += 1) out.push(String(n));
    } else if (numbers && !/^\d{1,6}$/.test(part)) return null;
    else out.push(part);
  }
  return [...new Set(out)];
}

export interface Axis {
  name: string;
  values: { label: string; changes: Change[] }[];
}
export type Faulty = Partial<Record<'target' | 'values', string>>;

/** The axis as the operation takes it, or what is wrong by field. */
export function axisOf(spec: AxisSpec, known: Known): { axis: Axis } | { wrong: Faulty } {
  const kind = axisKind(spec.kind);
  const wrong: Faulty = {};
  const target = spec.target.trim();
  if (kind.target) {
    const names = known[kind.target.of];
    if (target === '') wrong.target = `name a ${kind.target.label.toLowerCase()}`;
    else if (names && !names.includes(target)) {
      const near = nearest(target, names);
      wrong.target = `there is no ${target}${near ? `; did you mean ${near}?` : ''}`;
    }
  }
  const values = valuesOf(spec.values, kind.values.numbers ?? false);
  if (values === null) wrong.values = 'whole numbers such as 2, 4, 8 or a range such as 2..8';
  else if (values.length === 0) wrong.values = `such as ${kind.values.placeholder}`;
  else if (values.length > MOST) wrong.values = `${values.length} values: at most ${MOST}`;
  else {
    const names =
      spec.kind === 'zone'
        ? known.zones
        : spec.kind === 'drain'
          ? known.nodes
          : spec.kind === 'scheduler'
            ? ['default', 'optimizeUtilization']
            : null;
    const odd = names && values.find((v) => v !== NONE && !names.includes(v));
    if (odd) {
      const near = nearest(odd, names);
      wrong.values = `there is no ${odd}${near ? `; did you mean ${near}?` : ''}`;
    }
  }
  if (Object.keys(wrong).length || values === null) return { wrong };
  return {
    axis: {
      name: kind.name(target),
      values: values.map((label) => ({ label, changes: kind.change(target, label) })),
    },
  };
}

/** First values for an axis, from what the world has. */
export function suggested(kind: string, known: Known): AxisSpec {
  const { target } = axisKind(kind);
  const first = target ? (known[target.of]?.[0] ?? '') : '';
  const values: Record<string, string> = {
    replicas: '1..6',
    pool: '1..6',
    add: '0..3',
    zone: [NONE, ...(known.zones ?? [])].join(', '),
    drain: [NONE, ...(known.nodes ?? []).slice(0, 12)].join(', '),
    scheduler: 'default, optimizeUtilization',
  };
  return { kind, target: first, values: values[kind] ?? '' };
}
