/**
 * Named moments on a time axis: dashed lines, their names in lanes above what is drawn, so that no name lies
 * on a line of the data, on another mark or on another name.
 */
import { markToken, type Mark } from './cursor.svelte';
import { css, type Painter } from './painter';

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}
/** What is measured and drawn of one mark; without a lane its name is left to the hover. */
interface Placed {
  mark: Mark;
  x: number;
  lane: number | null;
  left: number;
  width: number;
  text: string;
}

/** Height of one line of names, px. */
export const LANE = 13;
const SIZE = 10;
/** Between a line and its name, and between two names, px. */
const GAP = 4;
/** A name longer than this share of the axis is cut. */
const LONGEST = 0.5;
/** A name is cut to leave its lane to a later mark, but not to less than this, px. */
const SHORTEST = 90;

/** How many lanes of names a chart of a height can spare. */
export const lanesIn = (height: number): number => Math.max(1, Math.min(3, Math.floor(height / 60)));

function cut(text: string, room: number, measure: Painter['measure']): string {
  if (measure(text, SIZE) <= room) return text;
  let n = text.length - 1;
  while (n > 1 && measure(`${text.slice(0, n)}…`, SIZE) > room) n -= 1;
  return `${text.slice(0, n).trimEnd()}…`;
}

/** Gives every mark within [from, to] its place; a name goes to the first lane in which it is free. */
export function placeMarks(
  marks: readonly Mark[],
  [from, to]: readonly [number, number],
  box: Pick<Box, 'left' | 'right'>,
  most: number,
  measure: Painter['measure'],
): Placed[] {
  const room = box.right - box.left;
  const taken: number[] = [];
  const X = (m: Mark) => box.left + ((m.at - from) / (to - from)) * room;
  return [...marks]
    .filter((m) => m.at >= from && m.at <= to && to > from)
    .sort((a, b) => a.at - b.at)
    .map((mark, i, all) => {
      const x = X(mark);
      // With this many lanes, the marks from that many places on are those that may need this one's.
      const next = all.slice(i + most).find((m) => X(m) - x >= SHORTEST);
      const free = next ? X(next) - x - 2 * GAP : Infinity;
      const text = cut(mark.label, Math.min(room * LONGEST, free - GAP), measure);
      const width = measure(text, SIZE);
      const left = x + GAP + width > box.right ? x - GAP - width : x + GAP;
      for (let lane = 0; lane < most; lane += 1) {
        if (left - GAP < (taken[lane] ?? -Infinity)) continue;
        taken[lane] = left + width + GAP;
        return { mark, x, lane, left, width, text };
      }
      return { mark, x, lane: null, left, width, text };
    });
}

/** Height the names of placed marks take above the box, px. */
export const bandOf = (placed: readonly Placed[]): number =>
  placed.reduce((most, p) => Math.max(most, p.lane === null ? 0 : p.lane + 1), 0) * LANE;

/** Draws placed marks: their lines through the box, their names in the band above it. */
export function paintMarks(p: Painter, placed: readonly Placed[], box: Box, halo = false): void {
  const band = bandOf(placed);
  for (const { mark, x, lane } of placed) {
    // Over coloured cells a dashed line needs a ground of its own to be seen in both themes.
    if (halo)
      p.path(
        [
          [x, box.top],
          [x, box.bottom],
        ],
        { colour: css('--surface'), width: 2.6 },
      );
    p.path(
      [
        [x, box.top - band + (lane === null ? band : lane * LANE)],
        [x, box.bottom],
      ],
      { colour: css(markToken(mark.kind)), dash: [3, 3], width: halo ? 1.6 : 1.2 },
    );
  }
  for (const { mark, lane, left, width, text } of placed) {
    if (lane === null) continue;
    const top = box.top - band + lane * LANE;
    p.rect(left - 2, top, width + 4, LANE - 1, css('--panel-bg'));
    p.text(text, left, top + SIZE, { colour: css(markToken(mark.kind)), size: SIZE });
  }
}
