/**
 * From values to colours and positions. The sequential ramp is viridis (matplotlib, CC0; nine of its
 * stops, interpolated), which is even to the eye and safe for colour-blind readers in both themes.
 */

const STOPS = [
  [68, 1, 84],
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
] as const;

export type ScaleKind = 'linear' | 'sqrt';

/** Share 0..1 of the ramp a value takes. Square root spreads small counts. */
export function shareOf(value: number, max: number, kind: ScaleKind = 'linear'): number {
  if (max <= 0) return 0;
  const share = Math.min(1, Math.max(0, value / max));
  return kind === 'sqrt' ? Math.sqrt(share) : share;
}

function mix(share: number): [number, number, number] {
  const at = Math.min(1, Math.max(0, share)) * (STOPS.length - 1);
  const i = Math.min(STOPS.length - 2, Math.floor(at));
  const t = at - i;
  const a = STOPS[i]!;
  const b = STOPS[i + 1]!;
  return [0, 1, 2].map((k) => Math.round(a[k]! + (b[k]! - a[k]!) * t)) as [number, number, number];
}

/** A colour of the ramp as CSS. */
export function ramp(share: number): string {
  return `rgb(${mix(share).join(',')})`;
}

/** The ramp as 256 little-endian RGBA words, for writing pixels. */
export const RAMP_PIXELS: Uint32Array = Uint32Array.from({ length: 256 }, (_, i) => {
  const [r, g, b] = mix(i / 255);
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
});

const SIGNIFICANT = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
/** Relative precision a cell's value can be told to: cells are single floats. */
export const PRECISION = 1e-6;
/** The next round figure at or above a value. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const unit = 10 ** Math.floor(Math.log10(value));
  return (SIGNIFICANT.find((s) => s * unit >= value * (1 - PRECISION)) ?? 10) * unit;
}

/** Round values between two ends, about `want` of them. */
export function linearTicks(from: number, to: number, want: number): number[] {
  if (!(to > from) || want < 1) return [];
  const raw = (to - from) / want;
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((s) => s * unit >= raw) ?? 10) * unit;
  const ticks: number[] = [];
  for (let i = Math.ceil(from / step - 1e-9); i * step <= to + step * 1e-9; i += 1) ticks.push(i * step + 0);
  return ticks;
}

/** Powers of ten between two positive ends; with 2s and 5s when there are few. */
export function logTicks(from: number, to: number): number[] {
  if (!(from > 0) || !(to > from)) return [];
  const decades = Math.log10(to / from);
  const parts = decades <= 1.2 ? [1, 2, 3, 5, 7] : decades <= 3 ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let e = Math.floor(Math.log10(from)); e <= Math.ceil(Math.log10(to)); e += 1)
    for (const p of parts) {
      const v = p * 10 ** e;
      if (v >= from * (1 - 1e-9) && v <= to * (1 + 1e-9)) ticks.push(v);
    }
  return ticks;
}

const TIME_STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400,
];
/** Moments at round clock times between two ends in seconds, at most `most` of them. */
export function timeTicks(from: number, to: number, most: number): number[] {
  if (!(to > from) || most < 1) return [];
  const step =
    TIME_STEPS.find((s) => (to - from) / s <= most) ?? Math.ceil((to - from) / most / 86400) * 86400;
  const ticks: number[] = [];
  for (let t = Math.ceil(from / step) * step; t <= to; t += step) ticks.push(t);
  return ticks;
}
