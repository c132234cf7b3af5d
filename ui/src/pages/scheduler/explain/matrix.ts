/** From the verdicts on nodes to a matrix of nodes and plugins, and to sentences. Pure. */
import type { ResultOf } from '$lib/api/client';
import { plural } from '$lib/format';

export type Verdict = ResultOf<'scheduler_explain'>['explanation']['nodes'][number];

/** Plugins in the order kube-scheduler's default profile filters in. */
export const ORDER: readonly string[] = [
  'SchedulingGates',
  'NodeUnschedulable',
  'NodeName',
  'TaintToleration',
  'NodeAffinity',
  'NodePorts',
  'NodeResourcesFit',
  'VolumeRestrictions',
  'NodeVolumeLimits',
  'VolumeBinding',
  'VolumeZone',
  'PodTopologySpread',
  'InterPodAffinity',
  'NodeResourcesBalancedAllocation',
  'ImageLocality',
];
/** Plugins that only score: no node is ever turned away by them. */
const SCORE_ONLY = ['NodeResourcesBalancedAllocation', 'ImageLocality'];
const SHORT: Record<string, string> = {
  SchedulingGates: 'Gates',
  NodeUnschedulable: 'Cordon',
  NodeName: 'Name',
  TaintToleration: 'Taints',
  NodeAffinity: 'Affinity',
  NodePorts: 'Ports',
  NodeResourcesFit: 'Fit',
  VolumeRestrictions: 'Vol. use',
  NodeVolumeLimits: 'Vol. limit',
  VolumeBinding: 'Vol. bind',
  VolumeZone: 'Vol. zone',
  PodTopologySpread: 'Spread',
  InterPodAffinity: 'Pods',
  NodeResourcesBalancedAllocation: 'Balance',
  ImageLocality: 'Images',
};
export const shortPlugin = (name: string): string => SHORT[name] ?? name;
const place = (name: string) => (ORDER.indexOf(name) + ORDER.length + 1) % (ORDER.length + 1);

/** Sorts plugins as they filter. */
export const byOrder = (a: string, b: string): number => place(a) - place(b);

/** The plugins that say anything about these nodes, in filter order. */
export function pluginsOf(nodes: readonly Verdict[]): string[] {
  const names = new Set<string>();
  for (const { verdict } of nodes)
    if (verdict.outcome === 'rejected') names.add(verdict.plugin);
    else for (const [plugin] of verdict.plugins) names.add(plugin);
  return [...names].sort(byOrder);
}

export type Cell =
  | { kind: 'score'; value: number }
  | { kind: 'passed' }
  | { kind: 'failed' }
  /** Not asked: a plugin before it had turned the node away, or it has nothing to say here. */
  | { kind: 'none' };

/** What a plugin says of a node. */
export function cellOf(row: Verdict, plugin: string): Cell {
  const { verdict } = row;
  if (verdict.outcome === 'feasible') {
    const score = verdict.plugins.find(([name]) => name === plugin);
    if (score) return { kind: 'score', value: score[1] };
    return SCORE_ONLY.includes(plugin) ? { kind: 'none' } : { kind: 'passed' };
  }
  if (verdict.plugin === plugin) return { kind: 'failed' };
  return !SCORE_ONLY.includes(plugin) && place(plugin) < place(verdict.plugin)
    ? { kind: 'passed' }
    : { kind: 'none' };
}

export const cellText = (c: Cell): string =>
  c.kind === 'score' ? String(c.value) : { passed: '✓', failed: '✕', none: '·' }[c.kind];

export function cellTitle(row: Verdict, plugin: string): string {
  const c = cellOf(row, plugin);
  if (c.kind === 'score') return `${plugin}: ${c.value}, normalised and weighted`;
  if (c.kind === 'passed') return `${plugin}: passed`;
  if (c.kind === 'none') return `${plugin}: not asked`;
  return `${plugin} turns it away: ${reasonsOf(row)}`;
}

export const totalOf = (row: Verdict): number | null =>
  row.verdict.outcome === 'feasible' ? row.verdict.total : null;
export const reasonsOf = (row: Verdict): string =>
  row.verdict.outcome === 'rejected' ? row.verdict.reasons.join('; ') : '';

/** Best totals first, then the nodes turned away; names decide. */
export function ranked(nodes: readonly Verdict[]): Verdict[] {
  return [...nodes].sort(
    (a, b) => (totalOf(b) ?? -1) - (totalOf(a) ?? -1) || (a.node < b.node ? -1 : a.node > b.node ? 1 : 0),
  );
}

/** What sets one node's scores apart from another's: "+12 Fit, −3 Images". Empty where nothing does. */
export function apart(a: Verdict, b: Verdict): string {
  if (a.verdict.outcome !== 'feasible' || b.verdict.outcome !== 'feasible') return '';
  const other = new Map(b.verdict.plugins);
  return a.verdict.plugins
    .map(([plugin, score]) => [plugin, score - (other.get(plugin) ?? 0)] as const)
    .filter(([, by]) => by !== 0)
    .sort((x, y) => Math.abs(y[1]) - Math.abs(x[1]))
    .map(([plugin, by]) => `${by > 0 ? '+' : '−'}${Math.abs(by)} ${shortPlugin(plugin)}`)
    .join(', ');
}

/** Why the chosen node: its total, who shares it, and what sets it apart from the next. */
export function whyHere(nodes: readonly Verdict[], chosen: string | null, ties: number): string {
  const here = nodes.find((n) => n.node === chosen);
  if (!here || here.verdict.outcome !== 'feasible') return '';
  const { total } = here.verdict;
  const next = ranked(nodes).find((n) => n.node !== chosen && (totalOf(n) ?? -1) < total);
  const top = ranked(nodes)[0];
  const best = top !== undefined && (totalOf(top) ?? 0) > total;
  if (best)
    return `It scores ${total}, and ${top.node} ${totalOf(top)} now: ${apart(top, here) || 'no plugin differs'}.`;
  const shared = ties > 1 ? ` ${plural(ties, 'node')} share it; the smallest name goes first.` : '';
  if (!next) return `It has the highest total, ${total}.${shared}`;
  return `It has the highest total, ${total}.${shared} Next is ${next.node} with ${totalOf(next)}: ${apart(here, next)}.`;
}

/** Why not a node. */
export function whyNot(nodes: readonly Verdict[], chosen: string | null, node: string): string {
  const there = nodes.find((n) => n.node === node);
  if (!there) return '';
  if (there.verdict.outcome === 'rejected') {
    const gone = there.verdict.code === 'Unschedulable';
    return `${there.verdict.plugin} turns it away: ${reasonsOf(there)}. Evicting pods ${gone ? 'could' : 'could not'} change that.`;
  }
  if (node === chosen) return '';
  const here = nodes.find((n) => n.node === chosen);
  if (!here) return `It could run there, with a total of ${there.verdict.total}.`;
  const by = (totalOf(here) ?? 0) - there.verdict.total;
  if (by === 0)
    return `It could run there with the same total, ${there.verdict.total}; the smaller name goes first.`;
  return `It could run there with ${there.verdict.total}, ${Math.abs(by)} ${by > 0 ? 'less' : 'more'} than ${here.node}: ${apart(there, here)}.`;
}
