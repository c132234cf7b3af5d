/** The one sentence on a heatmap: which rows run hot at the end of the window, or where the peak was. */
import { shortName } from '$lib/domain/figures';
import { clock } from '$lib/format';
import type { Cells } from './cells';

interface Words {
  unit: string;
  what: string;
  whole: string;
  format: (v: number) => string;
  pending: number;
}

/** Rows at or above their whole are hot: a request is what the scheduler gave, allocatable what there is. */
const HOT = 1;

export function sentence(cells: Cells, words: Words): string | null {
  const n = cells.times.length;
  let best = -1;
  const hot: string[] = [];
  cells.rows.forEach((row, r) => {
    let last = NaN;
    for (let t = 0; t < n; t += 1) {
      const i = r * n + t;
      const v = cells.values[i]!;
      if (v !== v) continue;
      last = v;
      if (best < 0 || v > cells.values[best]!) best = i;
    }
    if (words.unit === 'ratio' && last >= HOT) hot.push(shortName(row));
  });
  if (best < 0) return null;
  const waits = words.pending
    ? `; ${words.pending} ${words.pending === 1 ? 'pod waits' : 'pods wait'} for a node`
    : '';
  const peak = `${words.format(cells.values[best]!)} at ${clock(cells.times[best % n], false)}`;
  if (hot.length) {
    const names =
      hot.length <= 3 ? hot.join(', ') : `${hot.slice(0, 2).join(', ')} and ${hot.length - 2} more`;
    return `${names} ${hot.length === 1 ? 'runs' : 'run'} above ${words.whole} now; the peak was ${peak}${waits}.`;
  }
  const where = `${shortName(cells.rows[Math.floor(best / n)] ?? '')} with ${peak}`;
  return words.unit === 'ratio'
    ? `Nothing runs above its ${words.whole} now; the peak was ${where}${waits}.`
    : `The most was used by ${where}${waits}.`;
}
