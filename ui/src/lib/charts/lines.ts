/** What a line chart shows, and its drawing without uPlot, for export. */
import { clock } from '../format';
import type { Mark } from './cursor.svelte';
import { bandOf, lanesIn, paintMarks, placeMarks } from './marks';
import { css, type Painter } from './painter';
import { linearTicks, logTicks, timeTicks } from './scale';

export interface Series {
  label: string;
  /** One value per time; null is missing and breaks the line. */
  values: readonly (number | null)[];
  /** A colour token, "--s1"; without it the n-th categorical colour. */
  token?: string | undefined;
  dashed?: boolean;
  /** Range around the line, e.g. over assumed parameters. */
  low?: readonly (number | null)[] | undefined;
  high?: readonly (number | null)[] | undefined;
}
export interface Threshold {
  value: number;
  label: string;
  token?: string;
}

export const tokenOf = (s: Series, i: number) => s.token ?? `--s${(i % 8) + 1}`;

/** Least and greatest value shown; on a log axis only what is above zero. */
export function extent(
  series: readonly Series[],
  thresholds: readonly Threshold[],
  log: boolean,
): [number, number] | null {
  let low = Infinity;
  let high = -Infinity;
  const take = (v: number | null | undefined) => {
    if (v == null || !Number.isFinite(v) || (log && v <= 0)) return;
    if (v < low) low = v;
    if (v > high) high = v;
  };
  for (const s of series) for (const list of [s.values, s.low, s.high]) list?.forEach(take);
  for (const t of thresholds) take(t.value);
  if (low > high) return null;
  if (log) return low === high ? [low / 2, high * 2] : [low / 1.25, high * 1.25];
  const bottom = Math.min(0, low);
  return [bottom, high > bottom ? high + (high - bottom) * 0.06 : bottom + 1];
}

interface Plot {
  times: readonly number[];
  series: readonly Series[];
  marks: readonly Mark[];
  thresholds: readonly Threshold[];
  log: boolean;
  format: (v: number) => string;
}

/** Draws the whole chart on any painter. */
export function paintLines(p: Painter, plot: Plot, w: number, h: number): void {
  const range = extent(plot.series, plot.thresholds, plot.log);
  const { times } = plot;
  if (!range || times.length === 0) return;
  const from = times[0]!;
  const to = times[times.length - 1]! > from ? times[times.length - 1]! : from + 1;
  const sides = { left: 62, right: w - 10 };
  const placed = placeMarks(plot.marks, [from, to], sides, lanesIn(h), p.measure.bind(p));
  const box = { ...sides, top: 6 + bandOf(placed), bottom: h - 20 };
  const at = plot.log ? Math.log : (v: number) => v;
  const X = (t: number) => box.left + ((t - from) / (to - from)) * (box.right - box.left);
  const Y = (v: number) =>
    box.bottom - ((at(v) - at(range[0])) / (at(range[1]) - at(range[0]))) * (box.bottom - box.top);
  const grid = css('--chart-grid');
  const faint = css('--chart-text');
  for (const v of plot.log ? logTicks(...range) : linearTicks(range[0], range[1], 5)) {
    p.path(
      [
        [box.left, Y(v)],
        [box.right, Y(v)],
      ],
      { colour: grid },
    );
    p.text(plot.format(v), box.left - 6, Y(v) + 3, { colour: faint, align: 'right', size: 10, mono: true });
  }
  for (const t of timeTicks(from, to, (box.right - box.left) / 90))
    p.text(clock(t, to - from < 600), X(t), h - 5, { colour: faint, align: 'center', size: 10, mono: true });
  const usable = (v: number | null | undefined): v is number =>
    v != null && Number.isFinite(v) && (!plot.log || v > 0);
  plot.series.forEach((s, i) => {
    const colour = css(tokenOf(s, i));
    for (const part of bands(s, usable))
      p.area(
        [
          ...part.map((k) => [X(times[k]!), Y(s.high![k]!)] as const),
          ...part.reverse().map((k) => [X(times[k]!), Y(s.low![k]!)] as const),
        ],
        colour,
        0.16,
      );
    p.path(
      times.map((t, k) => (usable(s.values[k]) ? ([X(t), Y(s.values[k]!)] as const) : null)),
      { colour, width: 1.4, ...(s.dashed ? { dash: [5, 4] } : {}) },
    );
  });
  for (const t of plot.thresholds) {
    const colour = css(t.token ?? '--warn');
    p.path(
      [
        [box.left, Y(t.value)],
        [box.right, Y(t.value)],
      ],
      { colour, dash: [6, 4] },
    );
    p.text(t.label, box.right - 4, Y(t.value) - 4, { colour, align: 'right', size: 10 });
  }
  paintMarks(p, placed, box);
  let x = box.left;
  plot.series.forEach((s, i) => {
    p.text(s.label, x, 4, { colour: css(tokenOf(s, i)), size: 10, weight: 600 });
    x += p.measure(s.label, 10) + 14;
  });
}

/** Runs of indices where both ends of a range are known. */
function bands(s: Series, usable: (v: number | null | undefined) => boolean): number[][] {
  const out: number[][] = [];
  let run: number[] = [];
  if (!s.low || !s.high) return out;
  for (let k = 0; k <= s.values.length; k += 1) {
    if (k < s.values.length && usable(s.low[k]) && usable(s.high[k])) run.push(k);
    else {
      if (run.length > 1) out.push(run);
      run = [];
    }
  }
  return out;
}
