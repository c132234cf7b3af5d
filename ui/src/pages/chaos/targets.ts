/** What falls when a node or a pod is killed, read off the board of placements. */
import type { SchedulerBoard } from '$lib/api/shapes';
import { plural } from '$lib/format';

export interface Target {
  kind: 'node' | 'pod';
  /** Name of the node, or the pod's name as the operations take it. */
  name: string;
  zone: string | null | undefined;
  /** Node that a pod is on. */
  node: string;
  /** Killed or lost already. */
  down: boolean;
  pods: number;
  services: string[];
  /** Services none of whose other pods would be left. */
  emptied: string[];
  /** The exact target in words. */
  words: string;
}

export function targets(board: SchedulerBoard, kind: 'node' | 'pod'): Target[] {
  const total = new Map<string, number>();
  for (const g of board.groups)
    for (const n of g.nodes)
      if (!n.killed) for (const p of n.pods) total.set(p.service, (total.get(p.service) ?? 0) + 1);
  return board.groups.flatMap((g) =>
    g.nodes.flatMap((n): Target[] => {
      if (kind === 'pod')
        return n.pods.map((p) => {
          const alone = p.service !== '' && (total.get(p.service) ?? 0) <= 1;
          return {
            kind,
            name: p.name,
            zone: g.zone,
            node: n.name,
            down: n.killed,
            pods: 1,
            services: p.service ? [p.service] : [],
            emptied: alone ? [p.service] : [],
            words: `Kills pod ${p.name} on node ${n.name}${g.zone ? ` in zone ${g.zone}` : ''}; ${
              alone ? `it is the only pod of ${p.service}` : 'others of its service stay'
            }.`,
          };
        });
      const here = new Map<string, number>();
      for (const p of n.pods) if (p.service) here.set(p.service, (here.get(p.service) ?? 0) + 1);
      const emptied = [...here].filter(([s, k]) => k >= (total.get(s) ?? 0)).map(([s]) => s);
      const lost =
        emptied.length === 0
          ? 'every service keeps replicas elsewhere'
          : `${plural(emptied.length, 'service')} ${emptied.length === 1 ? 'has' : 'have'} all replicas there`;
      return [
        {
          kind,
          name: n.name,
          zone: g.zone,
          node: n.name,
          down: n.killed || !n.ready,
          pods: n.pods.length,
          services: [...here.keys()].sort(),
          emptied: emptied.sort(),
          words: `Kills node ${n.name}${g.zone ? ` in zone ${g.zone}` : ''} with ${plural(
            n.pods.length,
            'pod',
          )} of ${plural(here.size, 'service')}; ${lost}.`,
        },
      ];
    }),
  );
}
