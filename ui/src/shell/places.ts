/** What of a cluster the search finds, and the page each thing is looked at on. */
import type { ClusterStatus } from '$lib/api/shapes';
import { shortName } from '$lib/domain/figures';

export interface Place {
  kind: 'service' | 'node' | 'pod';
  /** As it is selected: a node by its name, the others by `namespace/name`. */
  id: string;
  label: string;
  hint?: string | undefined;
  page: string;
  /** What the page's address needs to have the thing in view. */
  params: Record<string, string>;
}

const namespace = (id: string) => (id.includes('/') ? id.slice(0, id.indexOf('/')) : undefined);

export function places(status: ClusterStatus | undefined): Place[] {
  if (!status) return [];
  const services = Object.keys(status.services);
  const placed = Object.values(status.services).flatMap((s) => s.pods);
  // A pod that waits for a node may stand with its service too.
  const pods = new Map(placed.map((p) => [p.name, p.node ?? 'pending']));
  for (const p of status.pending) pods.set(p.pod, 'pending');
  return [
    ...services.map((id) => ({
      kind: 'service' as const,
      id,
      label: shortName(id, services),
      hint: namespace(id),
      page: 'overview',
      params: {},
    })),
    ...status.nodes.map((n) => ({
      kind: 'node' as const,
      id: n.name,
      label: n.name,
      hint: n.zone ?? undefined,
      page: 'cluster',
      params: {},
    })),
    ...[...pods].map(([id, where]) => ({
      kind: 'pod' as const,
      id,
      label: shortName(id),
      hint: where,
      page: 'cluster',
      params: { list: 'pods' },
    })),
  ];
}
