/** What a page cannot show of a side, said in a sentence above it. */
import type { PaneRules } from '$lib/state/pane';

export interface About {
  /** Revision the shown run is of. */
  revision: number | null;
  /** Newest revision of its world. */
  newest: number | null;
}

/** Pages that are of the lab and the same on both sides. */
const OF_LAB = ['settings', 'audit'];
/** Pages that show a world without any run of it. */
export const OF_WORLD: readonly string[] = ['parameters', 'scheduler', ...OF_LAB];

/** The sentence for a page, or null where all of it is of the side. */
export function note(page: string, rules: PaneRules, about: About): string | null {
  if (OF_LAB.includes(page)) return 'This page is of the lab as a whole: both sides show the same.';
  if (rules.plays) return null;
  if (page === 'parameters') {
    const world = `Figures of world ${rules.world ?? ''} as it is now`;
    if (rules.run === null) return `${world}; it has no run yet.`;
    if (about.revision !== null && about.newest !== null && about.revision !== about.newest)
      return `${world}, at r${about.newest}; the run is of r${about.revision}.`;
    return null;
  }
  if (page === 'scheduler' && rules.run === null)
    return `World ${rules.world ?? ''} has no run yet: this is its placement as the scheduler leaves it.`;
  if (page === 'chaos')
    return 'The board and the faults are of the stored run; nothing can be killed or healed in it.';
  return null;
}
