/** Drawing of a heatmap, apart from the component: pixels of cells, axes, gaps, marks. */
import { clock } from '../format';
import type { Mark } from './cursor.svelte';
import { bandOf, LANE, lanesIn, paintMarks, placeMarks } from './marks';
import { css, type Painter } from './painter';
import { PRECISION, RAMP_PIXELS, roundUp, shareOf, timeTicks, type ScaleKind } from './scale';

export interface HeatmapData {
  rows: readonly string[];
  /** Start of each column, seconds, ascending. */
  times: readonly number[];
  /** Row-major, rows x times; NaN is missing. */
  values: Float32Array;
}
export interface Geometry {
  left: number;
  top: number;
  width: number;
  height: number;
  rowHeight: number;
}

const BOTTOM = 18;
const FONT = 11;

/** Where cells lie in a box, given the widest label and the height of the names of marks above them. */
export function geometry(data: HeatmapData, w: number, h: number, label: number, band = 0): Geometry {
  const left = Math.min(w * 0.3, Math.max(40, label + 12));
  const height = Math.max(1, h - BOTTOM - band);
  return {
    left,
    top: band,
    width: Math.max(1, w - left),
    height,
    rowHeight: height / Math.max(1, data.rows.length),
  };
}

/** Where cells lie once names of rows and marks are measured. */
export function fitted(
  p: Painter,
  data: HeatmapData,
  marks: readonly Mark[],
  w: number,
  h: number,
): Geometry {
  const widest = data.rows.reduce((m, r) => Math.max(m, p.measure(r, FONT)), 0);
  const bare = geometry(data, w, h, widest);
  const span = [data.times[0] ?? 0, endOf(data.times)] as const;
  const placed = placeMarks(
    marks,
    span,
    { left: bare.left, right: bare.left + bare.width },
    lanesIn(h),
    p.measure.bind(p),
  );
  return geometry(data, w, h, widest, bandOf(placed));
}

/** Greatest value there is, or null when all is missing. */
export function greatest(values: Float32Array): number | null {
  let max = -Infinity;
  for (let i = 0; i < values.length; i += 1) {
    const v = values[i]!;
    if (v > max) max = v;
  }
  return max === -Infinity ? null : max;
}

/** Share of known cells that the scale covers: a few beyond it share its top colour. */
const COVERED = 0.995;
/** With fewer known cells than this, none counts as a spike. */
const FEW = 20;
/** A greatest value up to this many times the covered top is no spike: the scale then covers it too. */
const NEAR = 1.3;
const BINS = 2048;

/** The value with a share of the known values (none below zero) at or under it, by two rounds of counting. */
export function quantileOf(values: Float32Array, share: number, max: number): number {
  let known = 0;
  for (let i = 0; i < values.length; i += 1) if (values[i]! === values[i]!) known += 1;
  let rank = Math.floor(share * (known - 1));
  let low = 0;
  let width = max;
  for (let round = 0; round < 2 && width > 0; round += 1) {
    const counts = new Uint32Array(BINS);
    const step = width / BINS;
    for (let i = 0; i < values.length; i += 1) {
      const v = values[i]!;
      if (v < low && round > 0) continue;
      const bin = Math.floor((v - low) / step);
      // The last bin takes its upper end only where nothing lies above it.
      if (bin < BINS || (round === 0 && v <= max)) counts[Math.max(0, Math.min(BINS - 1, bin))]! += 1;
    }
    let bin = 0;
    while (bin < BINS - 1 && rank >= counts[bin]!) rank -= counts[bin++]!;
    low += bin * step;
    width = step;
  }
  let found = low;
  for (let i = 0; i < values.length; i += 1) {
    const v = values[i]!;
    if (v > found && v <= low + width) found = v;
  }
  return found;
}

/** Top of the colour scale: round, at least `least`, and not stretched by a few spikes. Null when all is missing. */
export function scaleTop(values: Float32Array, least = 0): number | null {
  const max = greatest(values);
  if (max === null) return null;
  let known = 0;
  for (let i = 0; i < values.length && known < FEW; i += 1) if (values[i]! === values[i]!) known += 1;
  const covered = known < FEW || max <= 0 ? max : quantileOf(values, COVERED, max);
  return Math.max(least, roundUp(max <= covered * NEAR ? max : covered));
}

/** How many cells lie above a limit, not counting what only the precision of a cell puts there. */
export function above(values: Float32Array, limit: number): number {
  const bound = limit * (1 + PRECISION);
  let n = 0;
  for (let i = 0; i < values.length; i += 1) if (values[i]! > bound) n += 1;
  return n;
}

/**
 * Cells as a picture, one pixel a cell. With more columns than the screen has pixels, a pixel shows the
 * greatest value of its columns, so that a short peak is never skipped. Missing cells stay transparent.
 */
export function cells(data: HeatmapData, pixels: number, max: number, kind: ScaleKind): HTMLCanvasElement {
  const rows = data.rows.length;
  const cols = data.times.length;
  const w = Math.max(1, Math.min(cols, Math.floor(pixels)));
  const canvas = document.createElement('canvas');
  canvas.width = w;
  canvas.height = Math.max(1, rows);
  const c = canvas.getContext('2d');
  if (!c || rows === 0 || cols === 0) return canvas;
  const image = c.createImageData(w, rows);
  const out = new Uint32Array(image.data.buffer);
  const { values } = data;
  for (let row = 0; row < rows; row += 1) {
    const base = row * cols;
    for (let x = 0; x < w; x += 1) {
      const to = Math.floor(((x + 1) * cols) / w);
      let best = NaN;
      for (let i = Math.floor((x * cols) / w); i < to; i += 1) {
        const v = values[base + i]!;
        if (!(v <= best) && v === v) best = v;
      }
      if (best === best) out[row * w + x] = RAMP_PIXELS[Math.round(shareOf(best, max, kind) * 255)]!;
    }
  }
  c.putImageData(image, 0, 0);
  return canvas;
}

export interface Look {
  max: number;
  scale: ScaleKind;
  marks: readonly Mark[];
  /** Row drawn as selected. */
  strong?: number | undefined;
}

/** End of the last column: columns are as wide as the first step. */
export function endOf(times: readonly number[]): number {
  const last = times[times.length - 1] ?? 0;
  return last + (times.length > 1 ? times[1]! - times[0]! : 1);
}

/** Draws everything that does not follow the pointer. */
export function paintHeatmap(p: Painter, data: HeatmapData, g: Geometry, look: Look, density = 1): void {
  const { rows, times } = data;
  p.hatch(g.left, g.top, g.width, g.height);
  p.image(cells(data, g.width * density, look.max, look.scale), g.left, g.top, g.width, g.height);
  if (g.rowHeight >= 6)
    for (let i = 1; i < rows.length; i += 1)
      p.rect(g.left, Math.round(g.top + i * g.rowHeight) - 1, g.width, 2, css('--surface'));
  const every = Math.max(1, Math.ceil(12 / g.rowHeight));
  const muted = css('--muted');
  for (let i = 0; i < rows.length; i += every) {
    const y = g.top + (i + (every > 1 ? 0 : 0.5)) * g.rowHeight + (every > 1 ? FONT - 2 : 4);
    if (y > g.top + g.height + 1) continue;
    p.text(clip(p, rows[i]!, g.left - 12), g.left - 8, y, {
      colour: i === look.strong ? css('--text') : muted,
      align: 'right',
      size: FONT,
      weight: i === look.strong ? 600 : 400,
    });
  }
  if (times.length === 0) return;
  const from = times[0]!;
  const to = endOf(times);
  const faint = css('--chart-text');
  for (const t of timeTicks(from, to, Math.max(2, g.width / 90))) {
    const x = g.left + ((t - from) / (to - from)) * g.width;
    if (x < g.left + 14 || x > g.left + g.width - 14) continue;
    p.text(clock(t, to - from < 600), x, g.top + g.height + 13, {
      colour: faint,
      align: 'center',
      size: 10,
      mono: true,
    });
  }
  const sides = { left: g.left, right: g.left + g.width };
  paintMarks(
    p,
    placeMarks(look.marks, [from, to], sides, g.top / LANE, p.measure.bind(p)),
    { ...sides, top: g.top, bottom: g.top + g.height },
    true,
  );
}

function clip(p: Painter, s: string, width: number): string {
  if (p.measure(s, FONT) <= width) return s;
  let n = s.length - 1;
  while (n > 1 && p.measure(`${s.slice(0, n)}…`, FONT) > width) n -= 1;
  return `${s.slice(0, n)}…`;
}
