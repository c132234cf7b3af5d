/** The one sentence over faults: what is broken now, or what would hurt most if it broke. */
import type { ActiveFault, FaultRecord, SchedulerBoard } from '$lib/api/shapes';
import { clock, count, nsToSeconds, plural } from '$lib/format';
import { shortName } from '$lib/domain/figures';
import { targets } from './targets';

export function sentence(
  live: readonly ActiveFault[],
  faults: readonly FaultRecord[] | undefined,
  board: SchedulerBoard | undefined,
): string | null {
  const [first] = live;
  if (first) {
    const head =
      live.length === 1
        ? `${first.kind} ${shortName(first.target)} is down since ${clock(nsToSeconds(first.sinceNs))}`
        : `${live.length} faults are in force, the first since ${clock(nsToSeconds(first.sinceNs))}`;
    const ids = new Set(live.map((f) => f.id));
    const lost = (faults ?? []).filter((f) => ids.has(f.id)).map((f) => f.effect.requestsLost);
    if (lost.length === 0) return `${cap(head)}.`;
    return `${cap(head)}; ${count(lost.reduce((s, n) => s + n, 0))} requests lost.`;
  }
  if (!board) return null;
  const nodes = targets(board, 'node').filter((t) => !t.down);
  const worst = [...nodes].sort((a, b) => b.emptied.length - a.emptied.length || b.pods - a.pods)[0];
  if (!worst) return 'Nothing is broken, and there is no node to kill.';
  return worst.emptied.length === 0
    ? 'Nothing is broken; no single node holds all replicas of a service.'
    : `Nothing is broken; losing ${worst.name} would take all replicas of ${plural(worst.emptied.length, 'service')} at once.`;
}

const cap = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
