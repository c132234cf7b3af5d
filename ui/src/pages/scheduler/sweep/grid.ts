/** Cells of a sweep as a grid of one figure. Pure. */
import type { ResultOf } from '$lib/api/client';
import { count, percent } from '$lib/format';
import { perHour } from '../whatif/outcome';

export type Swept = ResultOf<'scheduler_sweep'>;
export type Cell = Swept['cells'][number];

export interface Metric {
  key: string;
  label: string;
  of: (c: Cell) => number | null;
  format: (v: number) => string;
}
export const METRICS: readonly Metric[] = [
  { key: 'pending', label: 'Pending pods', of: (c) => c.pending, format: count },
  { key: 'moved', label: 'Moved pods', of: (c) => c.moved, format: count },
  { key: 'preempted', label: 'Preempted pods', of: (c) => c.preempted, format: count },
  {
    key: 'cost',
    label: 'Cost per hour',
    of: (c) => (c.costPerHour == null ? null : Number(c.costPerHour)),
    format: (v) => perHour(v.toFixed(6)),
  },
  { key: 'cpu', label: 'CPU requested', of: (c) => c.cpuPercent ?? null, format: (v) => percent(v / 100) },
  {
    key: 'memory',
    label: 'Memory requested',
    of: (c) => c.memoryPercent ?? null,
    format: (v) => percent(v / 100),
  },
  { key: 'nodes', label: 'Nodes', of: (c) => c.nodes, format: count },
];
export const metricOf = (key: string): Metric => METRICS.find((m) => m.key === key) ?? METRICS[0]!;

export interface Sheet {
  rows: readonly string[];
  cols: readonly string[];
  /** Row-major; NaN where a cell has no figure. */
  values: Float32Array;
  /** The cell at each place. */
  cells: readonly (Cell | null)[];
}

/** The first axis down, the second across; a sweep of one axis is one row. */
export function sheetOf(swept: Swept, metric: Metric): Sheet {
  const [down, across] = swept.axes.length > 1 ? [swept.axes[0]!, swept.axes[1]!] : [null, swept.axes[0]!];
  const rows = down?.labels ?? [''];
  const cols = across.labels;
  const cells: (Cell | null)[] = Array.from({ length: rows.length * cols.length }, () => null);
  for (const c of swept.cells) {
    // Further axes have one value: the changes all cells stand on.
    const [r, k] = down ? [c.at[0] ?? 0, c.at[1] ?? 0] : [0, c.at[0] ?? 0];
    cells[r * cols.length + k] = c;
  }
  return {
    rows,
    cols,
    cells,
    values: Float32Array.from(cells, (c) => (c && !c.error ? (metric.of(c) ?? NaN) : NaN)),
  };
}
