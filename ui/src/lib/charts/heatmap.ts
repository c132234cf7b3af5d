/** Drawing of a heatmap, apart from the component: pixels of cells, axes, gaps, marks. */
import { clock } from '../format';
import type { Mark } from './cursor.svelte';
import { paintMarks } from './marks';
import { css, type Painter } from './painter';
import { RAMP_PIXELS, shareOf, timeTicks, type ScaleKind } from './scale';

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

/** Where cells lie in a box, given the widest label. */
export function geometry(data: HeatmapData, w: number, h: number, label: number): Geometry {
  const left = Math.min(w * 0.3, Math.max(40, label + 12));
  const height = Math.max(1, h - BOTTOM);
  return {
    left,
    top: 0,
    width: Math.max(1, w - left),
    height,
    rowHeight: height / Math.max(1, data.rows.length),
  };
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
  paintMarks(
    p,
    look.marks,
    from,
    to,
    { left: g.left, right: g.left + g.width, top: g.top, bottom: g.top + g.height },
    false,
    true,
  );
}

function clip(p: Painter, s: string, width: number): string {
  if (p.measure(s, FONT) <= width) return s;
  let n = s.length - 1;
  while (n > 1 && p.measure(`${s.slice(0, n)}…`, FONT) > width) n -= 1;
  return `${s.slice(0, n)}…`;
}
