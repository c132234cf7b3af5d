/** Runs as the Chaos page reads them, and what makes a form of one acceptable. */
import type { Price } from '$lib/api/shapes';

export interface RunRow {
  id: string;
  name?: string | null;
  world: string;
  revision: number;
  seed: number;
  durationNs: string;
  engineVersion: string;
  digest: string;
  started: string;
  finished?: string | null;
  scenario?: unknown;
  headline: {
    requests: number | null;
    completed: number | null;
    failed: number | null;
    p50Ms: number | null;
    p95Ms: number | null;
    p99Ms: number | null;
    range?: {
      because: string;
      worlds: number;
      p50Ms: [number | null, number | null];
      p95Ms: [number | null, number | null];
      p99Ms: [number | null, number | null];
      errorRate: [number | null, number | null];
    } | null;
    costPerHour: Price | null;
  };
}
export interface Comparison {
  a: RunRow;
  b: RunRow;
  differences: {
    figure: string;
    unit: string;
    a: number | null;
    b: number | null;
    change: number | null;
  }[];
}
export interface Kill {
  at: string;
  target: string;
  healAfter: string;
}

export const nameOf = (run: RunRow): string => run.name || run.id.slice(0, 8);

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
export function acts(scenario: unknown): string[] {
  const list =
    typeof scenario === 'object' && scenario !== null && 'acts' in scenario
      ? (scenario as { acts: unknown }).acts
      : scenario;
  if (!Array.isArray(list)) return [];
  return list.map((entry: unknown) => {
    const a = (entry ?? {}) as Record<string, unknown>;
    const word = String(a['act'] ?? '').replaceAll('_', ' ');
    const target = a['node'] ?? a['pod'] ?? a['service'] ?? '';
    const seconds = Number(a['atNs']) / 1e9;
    const at = Number.isFinite(seconds) ? `${Math.round(seconds / 6) / 10} min: ` : '';
    return `${at}${word} ${typeof target === 'string' ? target : JSON.stringify(target)}`.trim();
  });
}
