/** A heatmap's answer, as JSON or as raw cells, in the one form the chart takes. */
import type { HeatmapAnswer } from '$lib/api/shapes';
import { secondsOf } from '$lib/domain/figures';

/** Above this many cells the answer is asked as bytes: JSON of them takes longer than drawing them. */
export const BYTES_FROM = 20_000;

export interface Cells {
  rows: readonly string[];
  /** Start of each column, seconds. */
  times: readonly number[];
  /** Row-major; NaN is missing. */
  values: Float32Array;
  stepSeconds: number;
}

export function fromJson(answer: HeatmapAnswer): Cells {
  const times = secondsOf(answer.timestamps);
  const values = new Float32Array(answer.services.length * times.length).fill(NaN);
  answer.values.forEach((row, r) =>
    row.forEach((v, t) => {
      if (v !== null && t < times.length) values[r * times.length + t] = v;
    }),
  );
  return { rows: answer.services, times, values, stepSeconds: answer.stepSeconds };
}

/**
 * Little-endian: rows and columns as u32, then rows x columns of f32. Rows and the end of the window come
 * from a coarse answer to the same question; null when the two do not fit, e.g. while the world changes.
 */
export function fromBytes(buffer: ArrayBuffer, coarse: HeatmapAnswer, stepSeconds: number): Cells | null {
  if (buffer.byteLength < 8) return null;
  const view = new DataView(buffer);
  const rows = view.getUint32(0, true);
  const columns = view.getUint32(4, true);
  if (rows !== coarse.services.length || buffer.byteLength < 8 + rows * columns * 4) return null;
  const values = new Float32Array(rows * columns);
  for (let i = 0; i < values.length; i += 1) values[i] = view.getFloat32(8 + i * 4, true);
  const last = secondsOf(coarse.timestamps.slice(-1))[0];
  if (last === undefined) return null;
  const end = last + coarse.stepSeconds;
  const times = Array.from({ length: columns }, (_, i) => end - (columns - i) * stepSeconds);
  return { rows: coarse.services, times, values, stepSeconds };
}
