/**
 * Which services' pods fade on the board, handed on a few rows of nodes a frame: restyling thousands of blocks at
 * once would hold up the key press that asked for it. A newer filter starts again at the top.
 */
import { untrack } from 'svelte';

type Names = ReadonlySet<string>;

/** `names` lists the faded services; `step` is how many rows of nodes change in one frame. Call in a component. */
export function fadeByRows(names: () => readonly string[], rows: () => number, step: () => number) {
  // As text, so that a key press that changes nothing does nothing.
  const text = $derived(JSON.stringify(names()));
  let target = $state.raw<Names>(new Set());
  let held = $state.raw<readonly Names[]>([]);

  $effect(() => {
    const next = new Set(JSON.parse(text) as string[]);
    let frame = 0;
    untrack(() => {
      // Rows not seen yet follow the newest filter; those there keep what they show until their turn.
      held = Array.from({ length: rows() }, (_, row) => held[row] ?? target);
      target = next;
      const by = Math.max(1, step());
      let done = 0;
      const turn = () => {
        const reach = done + by;
        held = held.map((was, row) => (row >= done && row < reach ? next : was));
        done = reach;
        if (done < held.length) frame = requestAnimationFrame(turn);
      };
      // Not at once: the frame that shows the key press then restyles one share only.
      frame = requestAnimationFrame(turn);
    });
    return () => cancelAnimationFrame(frame);
  });

  return { of: (row: number): Names => held[row] ?? target };
}
