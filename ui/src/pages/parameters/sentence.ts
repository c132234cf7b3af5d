/** The one sentence over the parameters: how much is assumed, and what that does to the figures. */
import type { Latency, Parameter } from '$lib/api/shapes';
import { count, ms, plural } from '$lib/format';
import { bare } from './world';

export function sentence(rows: readonly Parameter[], range: Latency['range']): string {
  const weak = rows.filter((r) => r.provenance === 'assumed');
  if (rows.length === 0) return 'This world has no parameters.';
  if (weak.length === 0) return `None of ${plural(rows.length, 'parameter')} is assumed.`;
  const head = `${count(weak.length)} of ${plural(rows.length, 'parameter')} ${weak.length === 1 ? 'is' : 'are'} assumed`;
  if (range) return `${head}: p99 is anywhere from ${ms(range.p99[0])} to ${ms(range.p99[1])}.`;
  const by = new Map<string, number>();
  for (const row of weak) by.set(row.subject, (by.get(row.subject) ?? 0) + 1);
  const [most] = [...by].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return by.size > 1 && most ? `${head}, ${most[1]} of them of ${bare(most[0])}.` : `${head}.`;
}
