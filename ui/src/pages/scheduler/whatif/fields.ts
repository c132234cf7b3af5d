/** Values of a change's fields as one line of text a form shows, and back. Pure. */
import { jsonObjectFault, yamlFault } from '$lib/code/faults';
import { quantity } from '$lib/domain/figures';
import { taintText } from './changes';
import type { FieldSpec } from './kinds';
import type { Taint } from './shapes';

const parts = (text: string) =>
  text
    .split(',')
    .map((p) => p.trim())
    .filter(Boolean);

/** The text of a value. */
export function shown(value: unknown, f: FieldSpec): string {
  if (value === undefined || value === null) return '';
  switch (f.kind) {
    case 'nodes':
    case 'keys':
      return Array.isArray(value) ? value.join(', ') : '';
    case 'taints':
      return Array.isArray(value) ? value.map(taintText).join(', ') : '';
    case 'labels':
    case 'capacity':
      return typeof value === 'object'
        ? Object.entries(value)
            .map(([k, v]) => `${k}=${String(v)}`)
            .join(', ')
        : '';
    case 'patch':
      return JSON.stringify(value, null, 2);
    default:
      return String(value);
  }
}

/** What is wrong comes with its line where the field is a text of several. */
export type Parsed = { value: unknown } | { error: string; line?: number | null };

/** The value of a text, or what would be right. An empty text is no value. */
export function parsed(text: string, f: FieldSpec): Parsed {
  if (text.trim() === '') return { value: undefined };
  switch (f.kind) {
    case 'nodes':
    case 'keys':
      return { value: parts(text) };
    case 'count': {
      const n = /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : NaN;
      return n >= (f.least ?? 0) ? { value: n } : { error: `a whole number, ${f.least ?? 0} or more` };
    }
    case 'taints': {
      const taints = parts(text).map(taint);
      return taints.every((t) => t !== null)
        ? { value: taints }
        : { error: 'key=value:NoSchedule, key:NoExecute; comma between' };
    }
    case 'labels':
    case 'capacity': {
      const pairs = parts(text).map((p) => /^([^=\s]+)=(.*)$/.exec(p));
      if (!pairs.every((m) => m !== null)) return { error: 'key=value, comma between' };
      const entries = pairs.map((m) => [m[1]!, m[2]!] as const);
      if (f.kind === 'labels') return { value: Object.fromEntries(entries) };
      const odd = entries.find(([k]) => !['cpu', 'memory', 'pods'].includes(k));
      if (odd) return { error: `cpu, memory and pods, not ${odd[0]}` };
      const bad = entries.find(([k, v]) => k !== 'pods' && quantity(v) === null);
      if (bad) return { error: `${bad[1]} is no quantity such as 4 or 16Gi` };
      return { value: Object.fromEntries(entries.map(([k, v]) => [k, k === 'pods' ? Number(v) : v])) };
    }
    case 'patch': {
      const fault = jsonObjectFault(text, 'a JSON object, as in {"spec": {"replicas": 3}}');
      return fault ? { error: fault.message, line: fault.line } : { value: JSON.parse(text) as unknown };
    }
    case 'yaml': {
      const fault = yamlFault(text);
      return fault ? { error: fault.message, line: fault.line } : { value: text };
    }
    default:
      return { value: text.trim() };
  }
}

/** `key=value:Effect`; null where it is none. */
export function taint(text: string): Taint | null {
  const m = /^([^=:\s]+)(?:=([^:\s]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/.exec(text);
  if (!m) return null;
  return { key: m[1]!, ...(m[2] ? { value: m[2] } : {}), effect: m[3] as Taint['effect'] };
}
