/**
 * The A|B mode in the address: `versus` says what B is, `run` (or `world`, where it has no run) what A is, and `t` the
 * linked moment where both are stored runs. Pure: places in, places out.
 */
import type { Place } from '$lib/state/route.svelte';
import type { PaneSide } from '$lib/state/pane';

export type Side =
  | { kind: 'session' }
  | { kind: 'run'; id: string }
  /** The newest run of a world. */
  | { kind: 'world'; name: string };
export interface Pair {
  a: Side;
  b: Side;
}

type Params = Readonly<Record<string, string>>;
const SESSION: Side = { kind: 'session' };
/** What the window keeps to itself: pages of a pane neither see nor set these. */
const OURS = ['versus', 't', 'world', 'run'];

/** `session`, `run:<id>` or `world:<name>`; null where a text is none of these. */
export function sideOf(text: string | undefined): Side | null {
  if (text === 'session') return SESSION;
  const at = text?.indexOf(':') ?? -1;
  const rest = text?.slice(at + 1) ?? '';
  if (at < 0 || rest === '') return null;
  const kind = text?.slice(0, at);
  if (kind === 'run') return { kind, id: rest };
  return kind === 'world' ? { kind, name: rest } : null;
}

export function textOf(side: Side): string {
  if (side.kind === 'session') return 'session';
  return side.kind === 'run' ? `run:${side.id}` : `world:${side.name}`;
}

export const same = (a: Side, b: Side): boolean => textOf(a) === textOf(b);

/** What the window shows without a pair, and what A is in one. */
export function first(params: Params): Side {
  if (params['run']) return { kind: 'run', id: params['run'] };
  return params['world'] ? { kind: 'world', name: params['world'] } : SESSION;
}

/** Both sides, or null where the address holds no pair. */
export function pairOf(params: Params): Pair | null {
  const b = sideOf(params['versus']);
  return b ? { a: first(params), b } : null;
}

function without(params: Params, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(params).filter(([name]) => !names.includes(name)));
}

const asFirst = (side: Side): Record<string, string> =>
  side.kind === 'run' ? { run: side.id } : side.kind === 'world' ? { world: side.name } : {};

/** Parameters with this pair; the moment is kept. */
export function paired(params: Params, pair: Pair): Record<string, string> {
  return {
    ...without(params, ['run', 'world', 'versus']),
    ...asFirst(pair.a),
    versus: textOf(pair.b),
  };
}

/** Parameters without a pair: A stays, but for a world, which is shown only beside something. */
export function alone(params: Params): Record<string, string> {
  return without(params, params['run'] ? ['versus', 't'] : ['versus', 't', 'world']);
}

/** The same two, the other way round. */
export const swapped = (pair: Pair): Pair => ({ a: pair.b, b: pair.a });

/** The place as a pane sees it: the page and its parameters, and the run it shows. */
export function placeIn(place: Place, run: string | null): Place {
  return { page: place.page, params: { ...without(place.params, OURS), ...(run ? { run } : {}) } };
}

/**
 * Where the window goes when a pane goes to `to`. A pane that leaves its run, or names another, changes what its side is;
 * all else is the same for both.
 */
export function placeFrom(now: Place, pair: Pair, side: PaneSide, shown: string | null, to: Place): Place {
  const own = without(to.params, OURS);
  const kept = Object.fromEntries(Object.entries(now.params).filter(([name]) => OURS.includes(name)));
  const run = to.params['run'] ?? null;
  if (run === shown) return { page: to.page, params: { ...own, ...kept } };
  const other: Side = run === null ? SESSION : { kind: 'run', id: run };
  const next = side === 'A' ? { a: other, b: pair.b } : { a: pair.a, b: other };
  return { page: to.page, params: paired({ ...own, ...kept }, next) };
}
