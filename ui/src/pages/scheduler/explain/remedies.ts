/** What would make a pod fit, in words, and as a change to be tried where it is one. Pure. */
import type { ResultOf } from '$lib/api/client';
import { bytes, cores } from '$lib/format';
import type { Change } from '../whatif/shapes';

export type Remedy = ResultOf<'scheduler_explain'>['remedies'][number];

function amount(resource: string, n: number): string {
  if (resource === 'cpu') return `${cores(n / 1000)} CPU`;
  if (resource === 'memory') return `${bytes(n)} memory`;
  if (resource === 'ephemeral-storage') return `${bytes(n)} ephemeral storage`;
  if (resource === 'pods') return `${n} pod ${n === 1 ? 'slot' : 'slots'}`;
  return `${n} ${resource}`;
}

/** The change in a few words. */
export function remedyWords(r: Remedy): string {
  switch (r.change) {
    case 'free':
      return `free ${r.short.map((s) => amount(s.resource, s.amount)).join(' and ')} on ${r.node}`;
    case 'uncordon':
      return `uncordon ${r.node}`;
    case 'dropTaint':
      return `take ${r.taint} off ${r.node}`;
    case 'tolerate':
      return `tolerate ${r.taint}: it then goes to ${r.node}`;
    case 'relax':
      return `drop ${r.field}: it then goes to ${r.node}`;
    case 'addNode':
      return `one more node like ${r.like}`;
  }
}

/** The change as what-if takes it; null for what is not a change of nodes. */
export function remedyChange(r: Remedy): Change | null {
  switch (r.change) {
    case 'uncordon':
      return { type: 'cordonNodes', nodes: [r.node], on: false };
    case 'dropTaint':
      // `key=value:Effect` is taken off by key and effect.
      return { type: 'taintNodes', nodes: [r.node], remove: [r.taint.replace(/=[^:]*/, '')] };
    case 'addNode':
      return { type: 'addNodes', count: 1, like: r.like };
    default:
      return null;
  }
}
