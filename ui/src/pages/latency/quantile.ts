/** Positions in a histogram, for naming them on a chart. Figures in tables come from the engine instead. */
import type { ResultOf } from '$lib/api/client';

type Bucket = ResultOf<'latency_histogram'>['buckets'][number];

/** Upper bound of the bucket in which the q-th share of counts lies; null when nothing was counted. */
export function quantile(buckets: readonly Bucket[], q: number): number | null {
  const total = buckets.reduce((sum, b) => sum + b.count, 0);
  if (total === 0) return null;
  let seen = 0;
  for (const b of buckets) {
    seen += b.count;
    if (seen >= q * total) return b.toMs;
  }
  return buckets.at(-1)?.toMs ?? null;
}
