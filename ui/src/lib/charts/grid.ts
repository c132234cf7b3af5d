/** Drawing of a grid of named rows and columns as colour, with the figure in each cell that has room for it. */
import { css, type Painter } from './painter';
import { ramp, shareOf } from './scale';

export interface GridData {
  rows: readonly string[];
  cols: readonly string[];
  /** Row-major; NaN is missing. */
  values: Float32Array;
}
export interface GridBox {
  left: number;
  top: number;
  cell: { w: number; h: number };
}

const SIZE = 11;
const HEAD = 20;
/** A cell is never larger than this, so that a small grid stays one. */
const MOST = { w: 120, h: 44 };

export function gridBox(p: Painter, d: GridData, w: number, h: number): GridBox {
  const widest = d.rows.reduce((m, r) => Math.max(m, p.measure(r, SIZE)), 0);
  const left = Math.min(w * 0.3, widest + 10);
  return {
    left,
    top: HEAD,
    cell: {
      w: Math.min(MOST.w, (w - left) / Math.max(1, d.cols.length)),
      h: Math.min(MOST.h, (h - HEAD) / Math.max(1, d.rows.length)),
    },
  };
}

/** Values from `low` on take the colours from the bottom. */
export function paintGrid(
  p: Painter,
  d: GridData,
  b: GridBox,
  scale: { low: number; high: number },
  format: (v: number) => string,
): void {
  const muted = css('--muted');
  const cut = (s: string, room: number) => {
    let n = s.length;
    while (n > 1 && p.measure(n < s.length ? `${s.slice(0, n)}…` : s, SIZE) > room) n -= 1;
    return n < s.length ? `${s.slice(0, n)}…` : s;
  };
  d.cols.forEach((label, k) =>
    p.text(cut(label, b.cell.w - 4), b.left + (k + 0.5) * b.cell.w, b.top - 6, {
      colour: muted,
      align: 'center',
      size: SIZE,
    }),
  );
  d.rows.forEach((label, r) => {
    const y = b.top + r * b.cell.h;
    p.text(cut(label, b.left - 8), b.left - 8, y + b.cell.h / 2 + 4, {
      colour: muted,
      align: 'right',
      size: SIZE,
    });
    d.cols.forEach((_, k) => {
      const v = d.values[r * d.cols.length + k]!;
      const x = b.left + k * b.cell.w;
      const w = Math.max(1, b.cell.w - 2);
      const h = Math.max(1, b.cell.h - 2);
      if (v !== v) return p.hatch(x, y, w, h);
      const share = scale.high > scale.low ? shareOf(v - scale.low, scale.high - scale.low) : 0;
      p.rect(x, y, w, h, ramp(share));
      const text = format(v);
      if (h >= 14 && p.measure(text, SIZE, true) <= w - 4)
        // Dark words on the light end of the ramp, light ones on the dark end, in both themes.
        p.text(text, x + w / 2, y + h / 2 + 4, {
          colour: css(share > 0.47 ? '--on-light' : '--on-dark'),
          align: 'center',
          size: SIZE,
          mono: true,
        });
    });
  });
}
