/** The fields of "does this pod fit?" as a pod specification, or the field that is wrong and why. */
import type { InputOf } from '$lib/api/client';
import { quantity } from '$lib/domain/figures';

export interface Fields {
  name: string;
  cpu: string;
  memory: string;
  selector: string;
  tolerations: string;
}
export type Faults = Partial<Record<keyof Fields, string>>;

const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const parts = (text: string) =>
  text
    .split(',')
    .map((p) => p.trim())
    .filter(Boolean);

/** "key=value:NoSchedule", "key:NoSchedule" or "key"; null when it is none of these. */
export function toleration(text: string): Record<string, string> | null {
  const m = /^([^=:\s]+)(?:=([^:\s]*))?(?::(\w+))?$/.exec(text);
  if (!m || (m[3] !== undefined && !EFFECTS.includes(m[3]))) return null;
  return {
    key: m[1]!,
    ...(m[2] === undefined ? { operator: 'Exists' } : { operator: 'Equal', value: m[2] }),
    ...(m[3] === undefined ? {} : { effect: m[3] }),
  };
}

export function faults(f: Fields): Faults {
  const out: Faults = {};
  if (!NAME.test(f.name)) out.name = 'lower-case letters, digits, "-" and "."';
  for (const key of ['cpu', 'memory'] as const) {
    const value = quantity(f[key]);
    if (value === null || value < 0)
      out[key] = key === 'cpu' ? 'a quantity such as 500m or 1.5' : 'a quantity such as 512Mi';
  }
  if (parts(f.selector).some((p) => !/^[^=\s]+=[^=\s]*$/.test(p))) out.selector = 'key=value, comma between';
  if (parts(f.tolerations).some((p) => !toleration(p)))
    out.tolerations = 'key=value:NoSchedule, key:NoExecute or key';
  return out;
}

export function podSpec(f: Fields): InputOf<'scheduler_simulate'>['podSpec'] {
  const selector = parts(f.selector).map((p) => p.split('=') as [string, string]);
  const tolerations = parts(f.tolerations)
    .map(toleration)
    .filter((t) => t !== null);
  return {
    name: f.name,
    resources: { requests: { cpu: f.cpu.trim(), memory: f.memory.trim() } },
    ...(selector.length ? { nodeSelector: Object.fromEntries(selector) } : {}),
    ...(tolerations.length ? { tolerations } : {}),
  };
}
