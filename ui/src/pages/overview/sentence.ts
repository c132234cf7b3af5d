/** The one sentence on the state of the world, from what is degraded and what last happened to it. */
import type { ActiveFault, ClusterStatus } from '$lib/api/shapes';
import { shortName } from '$lib/domain/figures';
import { clock, nsToSeconds, plural } from '$lib/format';

const some = (names: readonly string[]) =>
  names.length <= 2 ? names.join(' and ') : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;

export function sentence(status: ClusterStatus | undefined, faults: readonly ActiveFault[]): string | null {
  if (!status) return null;
  const all = Object.entries(status.services);
  const ill = all
    .filter(([, s]) => s.status === 'degraded' || s.status === 'unavailable' || !s.healthy)
    .map(([id]) => shortName(id));
  const down = status.nodes.filter((n) => n.status !== 'Ready');
  const fault = faults.at(-1);
  const since = fault
    ? ` since ${fault.target} was killed at ${clock(nsToSeconds(fault.sinceNs), false)}`
    : '';
  const parts: string[] = [];
  if (ill.length)
    parts.push(
      `${ill.length} of ${plural(all.length, 'service')} ${ill.length === 1 ? 'is' : 'are'} degraded (${some(ill)})${since}`,
    );
  if (status.pending.length)
    parts.push(
      `${plural(status.pending.length, 'pod')} ${status.pending.length === 1 ? 'waits' : 'wait'} for a node`,
    );
  if (down.length && !ill.length)
    parts.push(
      `${plural(down.length, 'node')} of ${status.nodes.length} not ready (${some(down.map((n) => n.name))})`,
    );
  if (parts.length) return `${parts.join('; ')}.`;
  if (all.length === 0) return 'This world has no services yet.';
  const scaling = all.filter(([, s]) => s.status.startsWith('scaling')).map(([id]) => shortName(id));
  const calm = `All ${plural(all.length, 'service')} run as asked on ${plural(status.nodes.length, 'node')}`;
  return scaling.length
    ? `${calm}; ${some(scaling)} ${scaling.length === 1 ? 'is' : 'are'} scaling.`
    : `${calm}.`;
}
