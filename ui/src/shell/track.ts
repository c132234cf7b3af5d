/** The time axis of the scrubber, apart from its component. */

const SPANS = [600, 1800, 3600, 7200, 10800, 21600, 43200, 86400];

/** Length of the axis in seconds for a session simulated up to `end`: the next round span. */
export function spanOf(end: number): number {
  return SPANS.find((s) => end <= s) ?? Math.ceil(end / 86400) * 86400;
}

interface Label {
  x: number;
  width: number;
  /** Greater is more important. */
  weight: number;
}

/** Which labels may be drawn so that none touches another; the important ones choose first. */
export function fit(labels: readonly Label[], gap = 6): boolean[] {
  const shown: boolean[] = labels.map(() => false);
  const order = labels
    .map((_, i) => i)
    .sort((a, b) => labels[b]!.weight - labels[a]!.weight || labels[a]!.x - labels[b]!.x);
  for (const i of order) {
    const l = labels[i]!;
    shown[i] = labels.every((o, j) => !shown[j] || l.x + l.width + gap <= o.x || o.x + o.width + gap <= l.x);
  }
  return shown;
}
