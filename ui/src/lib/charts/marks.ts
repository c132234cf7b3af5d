/** Named moments on a time axis: dashed lines with labels that keep out of each other's way. */
import { markToken, type Mark } from './cursor.svelte';
import { css, type Painter } from './painter';

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Draws marks that fall in [from, to]. Labels that would collide with an earlier one are left to the hover. */
export function paintMarks(
  p: Painter,
  marks: readonly Mark[],
  from: number,
  to: number,
  box: Box,
  labels = true,
  halo = false,
): void {
  let taken = -Infinity;
  for (const mark of [...marks].sort((a, b) => a.at - b.at)) {
    if (mark.at < from || mark.at > to) continue;
    const x = box.left + ((mark.at - from) / (to - from)) * (box.right - box.left);
    const colour = css(markToken(mark.kind));
    const line = [
      [x, box.top],
      [x, box.bottom],
    ] as const;
    // Over coloured cells a dashed line needs a ground of its own to be seen in both themes.
    if (halo) p.path(line, { colour: css('--surface'), width: 2.6 });
    p.path(line, { colour, dash: [3, 3], width: halo ? 1.6 : 1.2 });
    if (!labels) continue;
    const width = p.measure(mark.label, 10) + 8;
    const left = x + width + 2 > box.right ? x - width : x + 4;
    if (left < taken) continue;
    p.text(mark.label, left, box.top + 9, { colour, size: 10 });
    taken = left + width;
  }
}
