/** What the board draws: nodes in groups with their pods, whatever the answer it came from. Pure. */
import type { SchedulerBoard } from '$lib/api/shapes';
import { share } from '$lib/domain/figures';
import { cores, bytes, percent, plural } from '$lib/format';

export type Size = 'cpu' | 'memory';
export type By = 'zone' | 'pool';

export interface PodBlock {
  name: string;
  service: string;
  /** Requests: thousandths of a core, bytes. */
  cpu: number;
  memory: number;
  /** What it is doing, where that is known. */
  phase: string | null;
  /** Stands out: it came here by the change that is looked at. */
  fresh?: boolean;
}
export interface NodeBox {
  name: string;
  zone: string | null;
  pool: string | null;
  cpuAllocatable: number;
  memoryAllocatable: number;
  cpuRequested: number;
  memoryRequested: number;
  /** Why it takes no pods, in a word: killed, not ready, cordoned, gone; null where it does. */
  state: string | null;
  /** Its pods, those of one service together. */
  pods: readonly PodBlock[];
  /** Added by the change that is looked at. */
  fresh?: boolean;
}
export interface Group {
  name: string;
  nodes: readonly NodeBox[];
}

const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
/** Pods of one service lie side by side, the larger first. */
export function arranged(pods: readonly PodBlock[]): PodBlock[] {
  return [...pods].sort(
    (a, b) => order(a.service, b.service) || b.cpu - a.cpu || b.memory - a.memory || order(a.name, b.name),
  );
}

/** The nodes of a board as operations answer it. */
export function nodesOf(board: SchedulerBoard): NodeBox[] {
  return board.groups.flatMap((group) =>
    group.nodes.map((n) => {
      return {
        name: n.name,
        zone: group.zone ?? null,
        pool: n.pool ?? null,
        cpuAllocatable: n.cpuAllocatable,
        memoryAllocatable: n.memoryAllocatable,
        cpuRequested: n.cpuRequested,
        memoryRequested: n.memoryRequested,
        state: n.killed ? 'killed' : !n.ready ? 'not ready' : n.unschedulable ? 'cordoned' : null,
        pods: arranged(n.pods.map((p) => ({ ...p, phase: p.phase ?? null }))),
      };
    }),
  );
}

/** Nodes by zone or pool, groups by name and those without one last. */
export function grouped(nodes: readonly NodeBox[], by: By): Group[] {
  const groups = new Map<string, NodeBox[]>();
  for (const node of nodes) {
    const name = node[by] ?? '';
    const list = groups.get(name);
    if (list) list.push(node);
    else groups.set(name, [node]);
  }
  return [...groups]
    .sort(([a], [b]) => Number(a === '') - Number(b === '') || order(a, b))
    .map(([name, list]) => ({ name, nodes: list.sort((a, b) => order(a.name, b.name)) }));
}

export const wholeOf = (n: NodeBox, size: Size) => (size === 'cpu' ? n.cpuAllocatable : n.memoryAllocatable);
export const askedOf = (n: NodeBox, size: Size) => (size === 'cpu' ? n.cpuRequested : n.memoryRequested);
export const partOf = (p: PodBlock, size: Size) => (size === 'cpu' ? p.cpu : p.memory);

/** Requests as a share of what the nodes that take pods can give. */
export function loadOf(nodes: readonly NodeBox[], size: Size): number | null {
  const able = nodes.filter((n) => n.state === null || n.state === 'cordoned');
  return share(
    able.reduce((s, n) => s + askedOf(n, size), 0),
    able.reduce((s, n) => s + wholeOf(n, size), 0),
  );
}

/** A node and a pod in words, for the hover and for a screen reader. */
export function nodeWords(n: NodeBox): string {
  const state = n.state ? `, ${n.state}` : n.fresh ? ', new' : '';
  return (
    `${n.name}${state}: ${percent(share(n.cpuRequested, n.cpuAllocatable))} of ${cores(n.cpuAllocatable / 1000)}, ` +
    `${percent(share(n.memoryRequested, n.memoryAllocatable))} of ${bytes(n.memoryAllocatable)} requested, ` +
    plural(n.pods.length, 'pod')
  );
}
export function podWords(p: PodBlock): string {
  const phase = p.phase === null || p.phase === 'running' ? '' : `, ${p.phase}`;
  return `${p.name}: ${cores(p.cpu / 1000)}, ${bytes(p.memory)} requested${phase}${p.fresh ? ', moved here' : ''}`;
}
