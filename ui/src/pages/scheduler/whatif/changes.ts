/** Changes checked field by field, told in a sentence, and begun anew. Pure. */
import { quantity } from '$lib/domain/figures';
import { plural } from '$lib/format';
import { KINDS, kindOf, PRESETS, type FieldSpec, type KindSpec } from './kinds';
import type { Change } from './shapes';

/** What the world has, to check names against; a list that is not known yet checks nothing. */
export interface Known {
  nodes: readonly string[] | null;
  zones: readonly string[] | null;
  pools: readonly string[] | null;
  workloads: readonly string[] | null;
}
/** What is wrong, at a path within a list of changes: ["0", "nodes", "1"]. */
export interface Fault {
  path: readonly (string | number)[];
  message: string;
}

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const here = (v: unknown) =>
  v !== undefined && v !== null && v !== '' && !(Array.isArray(v) && v.length === 0);
const isObject = (v: unknown): v is Record<string, unknown> =>
  typeof v === 'object' && v !== null && !Array.isArray(v);

/** The name of those known that is nearest to a mistyped one, where one is near. */
export function nearest(name: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const other of known.slice(0, 5000)) {
    const d = distance(name, other, least);
    if (d < least) [best, least] = [other, d];
  }
  return best;
}
/** Levenshtein distance, given up at `most`. */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) >= most) return most;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1)
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    if (Math.min(...next) >= most) return most;
    row = next;
  }
  return row[b.length]!;
}

function unknown(what: string, name: string, known: readonly string[] | null): string | null {
  if (known === null || known.includes(name)) return null;
  const near = nearest(name, known);
  return `there is no ${what} ${name}${near ? `; did you mean ${near}?` : ''}`;
}
/** What is wrong with the value of a field; an absent one is checked where the field is required. */
function check(value: unknown, f: FieldSpec, known: Known): Fault[] {
  const wrong = (message: string, ...path: (string | number)[]): Fault[] => [{ path, message }];
  switch (f.kind) {
    case 'nodes':
      if (!Array.isArray(value)) return wrong('a list of names of nodes');
      return value.flatMap((name, i) =>
        typeof name !== 'string'
          ? wrong('the name of a node', i)
          : (unknown('node', name, known.nodes) ?? '') === ''
            ? []
            : wrong(unknown('node', name, known.nodes)!, i),
      );
    case 'node':
    case 'zone':
    case 'pool': {
      if (typeof value !== 'string') return wrong(`the name of a ${f.kind}`);
      const said = unknown(f.kind, value, known[`${f.kind}s`]);
      return said === null ? [] : wrong(said);
    }
    case 'workload':
      // Which workloads there are, Jobs and those without pods among them, only the operation knows.
      return typeof value === 'string' ? [] : wrong('namespace/name of a workload');
    case 'count': {
      const least = f.least ?? 0;
      return typeof value === 'number' && Number.isInteger(value) && value >= least
        ? []
        : wrong(`a whole number, ${least} or more`);
    }
    case 'bool':
      return typeof value === 'boolean' ? [] : wrong('true or false');
    case 'text':
    case 'yaml':
    case 'provider':
      return typeof value === 'string' ? [] : wrong('a text');
    case 'preset':
      return PRESETS.some((p) => p.value === value)
        ? []
        : wrong(`one of ${PRESETS.map((p) => p.value).join(', ')}`);
    case 'patch':
      return isObject(value) ? [] : wrong('a JSON object, as in {"spec": {"replicas": 3}}');
    case 'keys':
      return Array.isArray(value) && value.every((v) => typeof v === 'string' && v !== '')
        ? []
        : wrong('a list of keys');
    case 'labels':
      return isObject(value) && Object.values(value).every((v) => typeof v === 'string')
        ? []
        : wrong('keys with values that are texts');
    case 'taints':
      if (!Array.isArray(value)) return wrong('a list of taints');
      return value.flatMap((t, i) =>
        isObject(t) &&
        typeof t['key'] === 'string' &&
        t['key'] !== '' &&
        EFFECTS.includes(String(t['effect']))
          ? []
          : wrong(`key, value and effect, which is one of ${EFFECTS.join(', ')}`, i),
      );
    case 'capacity': {
      if (!isObject(value)) return wrong('cpu and memory');
      return ['cpu', 'memory'].flatMap((key) => {
        const amount = typeof value[key] === 'string' ? quantity(value[key]) : null;
        return amount !== null && amount > 0
          ? []
          : wrong(key === 'cpu' ? 'a quantity such as "4" or "3920m"' : 'a quantity such as "16Gi"', key);
      });
    }
  }
}

/** Everything wrong with one change. */
export function faultsOf(change: unknown, known: Known): Fault[] {
  if (!isObject(change)) return [{ path: [], message: 'a change is an object with a type' }];
  const kind = kindOf(change['type']);
  if (!kind) {
    const near =
      typeof change['type'] === 'string'
        ? nearest(
            change['type'],
            KINDS.map((k) => k.type),
          )
        : null;
    return [
      {
        path: ['type'],
        message: near
          ? `no such change; did you mean ${near}?`
          : `one of ${KINDS.map((k) => k.type).join(', ')}`,
      },
    ];
  }
  const out: Fault[] = [];
  for (const key of Object.keys(change))
    if (key !== 'type' && !kind.fields.some((f) => f.key === key))
      out.push({
        path: [key],
        message: `${kind.type} has no ${key}; it has ${kind.fields.map((f) => f.key).join(', ')}`,
      });
  for (const f of kind.fields) {
    const value = change[f.key];
    if (here(value)) out.push(...check(value, f, known).map((x) => ({ ...x, path: [f.key, ...x.path] })));
    else if (f.required) out.push({ path: [f.key], message: asks(f) });
  }
  return [...out, ...choices(change, kind)];
}
function asks(f: FieldSpec): string {
  if (f.kind === 'nodes') return 'name at least one node';
  if (f.kind === 'count') return `a whole number, ${f.least ?? 0} or more`;
  return `${f.label.toLowerCase()} is missing`;
}
function choices(change: Record<string, unknown>, kind: KindSpec): Fault[] {
  const named = (keys: readonly string[]) => keys.filter((k) => here(change[k]));
  const out: Fault[] = [];
  if (kind.one) {
    const given = named(kind.one);
    if (given.length !== 1)
      out.push({
        path: [given[1] ?? kind.one[0]!],
        message: `${given.length ? 'only one' : 'one'} of ${kind.one.join(', ')}`,
      });
  }
  if (kind.some && named(kind.some).length === 0)
    out.push({ path: [kind.some[0]!], message: `${kind.some.join(' or ')}, or both` });
  return out;
}

/** Which names a change may make: those after it are then left to the operation to check. */
const MAKES: Readonly<Record<string, readonly (keyof Known)[]>> = {
  addNodes: ['nodes', 'zones', 'pools'],
  resizePool: ['nodes'],
  replacePool: ['nodes'],
  labelNodes: ['zones', 'pools'],
  addWorkloads: ['workloads'],
};

/** Everything wrong with a list of changes. */
export function faultsOfAll(changes: readonly unknown[], known: Known): Fault[] {
  let still = known;
  return changes.flatMap((c, i) => {
    const faults = faultsOf(c, still).map((f) => ({ ...f, path: [i, ...f.path] }));
    const made = isObject(c) ? MAKES[String(c['type'])] : undefined;
    if (made) still = { ...still, ...Object.fromEntries(made.map((key) => [key, null])) };
    return faults;
  });
}

/** A change of a kind with nothing said yet. */
export function blank(type: string): Change {
  const kind = kindOf(type);
  const out: Change = { type };
  for (const f of kind?.fields ?? []) {
    if (f.kind === 'nodes' && f.required) out[f.key] = [];
    else if (f.kind === 'count' && f.required) out[f.key] = Math.max(1, f.least ?? 1);
    else if (f.required && f.kind !== 'patch') out[f.key] = '';
  }
  return out;
}

/** A change without the fields that say nothing. */
export function tidy(change: Change): Change {
  const kind = kindOf(change.type);
  return Object.fromEntries(
    Object.entries(change).filter(
      ([key, value]) =>
        key === 'type' || here(value) || (kind?.fields.find((f) => f.key === key)?.required ?? false),
    ),
  ) as Change;
}

const list = (value: unknown): string => {
  const names = (Array.isArray(value) ? value : []).map(String);
  return names.length > 3 ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} more` : names.join(', ');
};
/** A taint as kubectl writes it; what is none, as a text may hold while it is typed, as it is. */
export const taintText = (t: unknown): string =>
  isObject(t)
    ? `${String(t['key'] ?? '…')}${t['value'] ? `=${String(t['value'])}` : ''}:${String(t['effect'] ?? '…')}`
    : String(t);

/** A change in a few words. It may be half typed: each field may be missing or anything. */
export function sentence(change: Change): string {
  const c = change as Record<string, unknown>;
  const word = (key: string) => (here(c[key]) && typeof c[key] !== 'object' ? String(c[key]) : '…');
  const target = here(c['pool']) ? `pool ${word('pool')}` : list(c['nodes']) || '…';
  switch (change.type) {
    case 'drainNodes':
      return `drain ${list(c['nodes']) || '…'}`;
    case 'cordonNodes':
      return `${c['on'] === false ? 'uncordon' : 'cordon'} ${list(c['nodes']) || '…'}`;
    case 'failNodes':
      return `fail ${list(c['nodes']) || '…'}`;
    case 'removeNodes':
      return `remove ${list(c['nodes']) || '…'}`;
    case 'failZone':
      return `fail zone ${word('zone')}`;
    case 'addNodes': {
      const what = here(c['like'])
        ? ` like ${word('like')}`
        : here(c['instanceType'])
          ? ` of ${word('instanceType')}`
          : '';
      const where = here(c['zone']) ? ` in ${word('zone')}` : '';
      return `add ${plural(Number(c['count']) || 0, 'node')}${what}${where}`;
    }
    case 'taintNodes': {
      const on = (Array.isArray(c['add']) ? c['add'] : []).map(taintText).join(', ');
      const off = list(c['remove']);
      return (
        [on && `taint ${target} ${on}`, off && `take ${off} off ${target}`].filter(Boolean).join(', ') ||
        `taint ${target}`
      );
    }
    case 'labelNodes':
      return `label ${target}`;
    case 'resizePool':
      return `resize pool ${word('pool')} to ${plural(Number(c['count']) || 0, 'node')}`;
    case 'replacePool':
      return `replace pool ${word('pool')} by ${word('instanceType')}`;
    case 'scaleWorkload':
      return `scale ${word('workload')} to ${word('replicas')}`;
    case 'editWorkload':
      return `edit ${word('workload')}`;
    case 'removeWorkload':
      return `remove ${word('workload')}`;
    case 'addWorkloads':
      return 'add workloads';
    case 'setScheduler':
      return `scheduler ${here(c['preset']) ? word('preset') : 'from a file'}`;
    default:
      return word('type');
  }
}
