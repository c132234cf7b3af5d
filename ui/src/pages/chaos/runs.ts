/** Runs as the Chaos page reads them, and what makes a form of one acceptable. */
import type { RunRow } from '$lib/api/shapes';

export interface Kill {
  at: string;
  target: string;
  healAfter: string;
}

export const nameOf = (run: Pick<RunRow, 'id' | 'name'>): string => run.name || run.id.slice(0, 8);

const UNITS: Record<string, number> = { ms: 0.001, s: 1, m: 60, min: 60, h: 3600, d: 86400 };
/** Seconds of a duration text such as 1h, 90s, 1h30m; null when it is none. */
export function duration(text: string): number | null {
  const plain = text.trim().toLowerCase().replace(/\s+/g, '');
  if (!/^(\d+(\.\d+)?(ms|min|s|m|h|d))+$/.test(plain)) return null;
  let sum = 0;
  for (const [, figure, unit] of plain.matchAll(/(\d+(?:\.\d+)?)(ms|min|s|m|h|d)/g))
    sum += Number(figure) * (UNITS[unit!] ?? 0);
  return sum;
}

/** What is wrong with one kill of a form, in its own words. */
export function killError(kill: Kill, total: number | null): string | null {
  const at = duration(kill.at);
  if (at === null) return `at: a time such as 30m, not "${kill.at}"`;
  if (total !== null && at >= total) return 'at: before the run ends';
  if (kill.target === '') return 'target: choose a node or pod';
  if (kill.healAfter.trim() !== '' && duration(kill.healAfter) === null)
    return `heal after: a time such as 10m, or nothing, not "${kill.healAfter}"`;
  return null;
}

/** The acts of a stored scenario as lines a person reads. */
export function acts(scenario: RunRow['scenario']): string[] {
  return (scenario.acts ?? []).map((a) => {
    return `${Math.round(a.atNs / 6e9) / 10} min: ${a.act.replaceAll('_', ' ')} ${subject(a)}`;
  });
}

/** What an act is done to. */
function subject(act: NonNullable<RunRow['scenario']['acts']>[number]): string {
  switch (act.act) {
    case 'kill_node':
    case 'heal_node':
      return act.node;
    case 'kill_pod':
      return act.pod;
    case 'scale':
      return act.service;
    case 'inject':
      return `${act.name} (${act.fault.type.replaceAll('_', ' ')})`;
    case 'lift':
      return act.name;
  }
}
