/**
 * Compares two pictures as an eye would. Inside a fill, where a pixel and its eight neighbours are of one colour in
 * both pictures, the colours must be the same. Elsewhere, on glyphs, lines and edges, a pixel counts as changed only
 * where one picture has a colour that the other has nowhere within one pixel: what another browser draws a shade or a
 * pixel off then counts for little, and what went, came or changed its colour counts in full. Judges by the worst
 * square, so that a small change is not lost in a large page.
 */

/** Side of the squares that are counted, pixels: about two letters of body text. */
export const SQUARE = 16;
/** Largest difference of a channel, of 255, that is one colour inside a fill. */
const FILL = 2;
/**
 * The same on edges, and changed pixels of a square that are still the same picture. Measured: one browser draws two
 * runs without any difference, and one digit made another changes 11 pixels or more of a square at 24; all text drawn
 * at sub-pixel positions, more than one version of a browser is off from the next, changes up to 9 at 64.
 */
export const SAME_BROWSER = { edge: 24, stray: 8 };
export const OTHER_BROWSER = { edge: 64, stray: 12 };

/** Counts what changed between two pictures of equal size. `mask` holds 1 where a pixel did. */
export function compare(was, is, { edge }) {
  if (was.width !== is.width || was.height !== is.height)
    throw new Error(`${is.width} x ${is.height} pixels, and the baseline is ${was.width} x ${was.height}`);
  const { width, height } = was;
  const mask = new Uint8Array(width * height);
  const across = Math.ceil(width / SQUARE);
  const squares = new Uint16Array(across * Math.ceil(height / SQUARE));
  let changed = 0;
  for (let y = 0; y < height; y++) {
    const row = y * width * 3;
    if (was.rgb.compare(is.rgb, row, row + width * 3, row, row + width * 3) === 0) continue;
    for (let x = 0; x < width; x++) {
      if (!differs(was, is, x, y, edge)) continue;
      mask[y * width + x] = 1;
      squares[Math.floor(y / SQUARE) * across + Math.floor(x / SQUARE)] += 1;
      changed += 1;
    }
  }
  const worst = squares.reduce((top, n, i) => (n > squares[top] ? i : top), 0);
  return {
    changed,
    worst: squares[worst],
    at: { x: (worst % across) * SQUARE, y: Math.floor(worst / across) * SQUARE },
    mask,
  };
}

function differs(was, is, x, y, edge) {
  const here = (y * was.width + x) * 3;
  if (near(was.rgb, is.rgb, here, here, FILL)) return false;
  if (every(was, x, y, was, 0) && every(is, x, y, is, 0)) return true;
  if (near(was.rgb, is.rgb, here, here, edge)) return false;
  return !(some(was, x, y, is, edge) && some(is, x, y, was, edge));
}

/** Whether the colour at a place of one picture is that of some, or every, place within one pixel of it in the other. */
function some(one, x, y, other, by) {
  return around(one, x, y, (here, there) => near(one.rgb, other.rgb, here, there, by));
}
function every(one, x, y, other, by) {
  return !around(one, x, y, (here, there) => !near(one.rgb, other.rgb, here, there, by));
}
function around({ width, height }, x, y, holds) {
  const here = (y * width + x) * 3;
  for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++)
    for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++)
      if (holds(here, (v * width + u) * 3)) return true;
  return false;
}

const near = (a, b, i, j, by) =>
  Math.abs(a[i] - b[j]) <= by && Math.abs(a[i + 1] - b[j + 1]) <= by && Math.abs(a[i + 2] - b[j + 2]) <= by;

/** The new picture, faded, with what changed in magenta: a colour no page has. */
export function marked({ width, height, rgb }, mask) {
  const out = Buffer.alloc(rgb.length);
  for (let i = 0; i < mask.length; i++)
    for (let c = 0; c < 3; c++) out[i * 3 + c] = mask[i] ? (c === 1 ? 0 : 255) : 160 + (rgb[i * 3 + c] >> 3);
  return { width, height, rgb: out };
}
