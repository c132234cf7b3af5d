/** What a change comes to, as rows, figures and a board. Pure. */
import { share } from '$lib/domain/figures';
import { bytes, cores, moneyPerHour, plural, seconds } from '$lib/format';
import { arranged, type NodeBox, type PodBlock } from '../board/model';
import type { Change, Drain, Move, NodeFill, Outcome, Placement, ZoneFill } from './shapes';

/** Money as the engines write it, in US dollars. */
export const perHour = (amount: string | null | undefined): string =>
  moneyPerHour(amount == null ? null : { amount, currency: 'USD' });

const CAUSES: Record<string, string> = {
  drained: 'drained',
  nodeLost: 'node lost',
  preempted: 'preempted',
  scaled: 'scaled',
  added: 'added',
  removed: 'removed',
  evicted: 'evicted by a taint',
  rescheduled: 'finds a node',
};
export const causeWord = (cause: string): string => CAUSES[cause] ?? cause;

/** Pods that run on another node than before. */
export const elsewhere = (moved: readonly Move[]): Move[] =>
  moved.filter((m) => m.from != null && m.to != null && m.from !== m.to);

/** The pods a drain could not evict, each with its budget or the reason. */
export function blocked(drains: readonly Drain[]): { node: string; pod: string; why: string }[] {
  return drains.flatMap((d) =>
    d.steps
      .filter((s) => s.action === 'blocked' || s.action === 'refused')
      .map((s) => ({ node: d.node, pod: s.pod, why: s.budget ? `${s.budget}: ${s.reason}` : s.reason })),
  );
}

/** "2 of 2 nodes drained · 3 rounds · up to 1 min 30 s of grace" */
export function drained(drains: readonly Drain[]): string {
  const done = drains.filter((d) => d.done).length;
  const rounds = drains.reduce((sum, d) => sum + d.rounds, 0);
  const grace = drains.reduce((sum, d) => sum + d.graceSeconds, 0);
  return [
    `${done} of ${plural(drains.length, 'node')} drained`,
    plural(rounds, 'round'),
    `up to ${seconds(grace)} of grace, and the time that new pods take to be ready`,
  ].join(' · ');
}

/** "3.9 cores · 11 GiB": the largest pod that still fits, by a resource. */
export function largest(p: Placement, resource: 'cpu' | 'memory'): string {
  const fit = p.fragmentation.find((f) => f.resource === resource);
  return fit ? `${cores(fit.milliCpu / 1000)} · ${bytes(fit.memoryBytes)}` : 'none';
}

export interface Turn<T> {
  name: string;
  before: T | null;
  after: T | null;
}
/** Nodes of before and after side by side, in name order. */
export function nodeTurns(o: Pick<Outcome, 'before' | 'after'>): Turn<NodeFill>[] {
  return turns(o.before.nodes, o.after.nodes, (n) => n.name);
}
export function zoneTurns(o: Pick<Outcome, 'before' | 'after'>): Turn<ZoneFill>[] {
  return turns(o.before.zones, o.after.zones, (z) => z.zone ?? '');
}
function turns<T>(before: readonly T[], after: readonly T[], name: (t: T) => string): Turn<T>[] {
  const now = new Map(after.map((t) => [name(t), t]));
  const then = new Map(before.map((t) => [name(t), t]));
  return [...new Set([...then.keys(), ...now.keys()])]
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    .map((key) => ({ name: key, before: then.get(key) ?? null, after: now.get(key) ?? null }));
}
export const cpuShare = (f: { cpuRequested: number; cpuAllocatable: number } | null): number | null =>
  f && share(f.cpuRequested, f.cpuAllocatable);
export const memoryShare = (f: { memoryRequested: number; memoryAllocatable: number } | null) =>
  f && share(f.memoryRequested, f.memoryAllocatable);

/** Nodes a list of changes is about, before what it comes to is known. */
export const namedNodes = (changes: readonly Change[]): string[] =>
  changes.flatMap((c) => (Array.isArray(c['nodes']) ? c['nodes'].map(String) : []));

/**
 * The board after the changes: the pods of the board before, moved as the answer says, on the nodes as it leaves them.
 * A pod that came with a change takes the size of another of its owner; where there is none, its share of what the
 * answer says its node gave out.
 */
export function boardAfter(before: readonly NodeBox[], o: Outcome): NodeBox[] {
  const pods = new Map(before.flatMap((n) => n.pods.map((p) => [p.name, p] as const)));
  const byOwner = new Map<string, PodBlock>();
  for (const p of pods.values()) if (!byOwner.has(p.service)) byOwner.set(p.service, p);
  const left = new Set(o.moved.map((m) => m.pod));
  const came = new Map<string, Move[]>();
  for (const m of o.moved) {
    if (m.to == null) continue;
    const list = came.get(m.to);
    if (list) list.push(m);
    else came.set(m.to, [m]);
  }
  const then = new Map(before.map((n) => [n.name, n]));
  const now = o.after.nodes.map<NodeBox>((n) => {
    const old = then.get(n.name);
    const stay = (old?.pods ?? []).filter((p) => !left.has(p.name));
    const guests = (came.get(n.name) ?? []).map<PodBlock & { known: boolean }>((m) => {
      const like = pods.get(m.pod) ?? byOwner.get(m.owner);
      return {
        name: m.pod,
        service: like?.service ?? m.owner,
        cpu: like?.cpu ?? 0,
        memory: like?.memory ?? 0,
        phase: null,
        fresh: m.from == null || m.from !== m.to,
        known: like !== undefined,
      };
    });
    const open = guests.filter((g) => !g.known).length;
    const rest = (key: 'cpu' | 'memory', asked: number) =>
      open === 0 ? 0 : Math.max(0, asked - [...stay, ...guests].reduce((s, p) => s + p[key], 0)) / open;
    const cpu = rest('cpu', n.cpuRequested);
    const memory = rest('memory', n.memoryRequested);
    return {
      name: n.name,
      zone: n.zone ?? null,
      pool: n.pool ?? old?.pool ?? null,
      cpuAllocatable: n.cpuAllocatable,
      memoryAllocatable: n.memoryAllocatable,
      cpuRequested: n.cpuRequested,
      memoryRequested: n.memoryRequested,
      state: !n.ready ? 'not ready' : n.unschedulable ? 'cordoned' : null,
      fresh: !old,
      pods: arranged([...stay, ...guests.map(({ known, ...g }) => (known ? g : { ...g, cpu, memory }))]),
    };
  });
  const kept = new Set(now.map((n) => n.name));
  const gone = before
    .filter((n) => !kept.has(n.name))
    .map<NodeBox>((n) => ({ ...n, state: 'gone', pods: [], cpuRequested: 0, memoryRequested: 0 }));
  return [...now, ...gone];
}
