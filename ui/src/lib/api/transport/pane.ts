/**
 * The door as a pane of the A|B mode uses it: questions are asked of the pane's side, and what would act on the
 * playing session is refused where the side is a stored run. Opens no stream: the window around has the one.
 */
import type { PaneRules } from '../../state/pane';
import type { InputOf, OperationName } from '../client';
import { ApiError } from '../error';
import type { Channel, Input, Transport } from './transport';

/** Operations that can be asked of an instant of a run. */
type OfRuns = { [N in OperationName]: 'atNs' extends keyof InputOf<N> ? N : never }[OperationName];
/** Every operation that answers of a run as well as of the session. */
const LISTED = [
  'cluster_services',
  'cluster_status',
  'cost_rate',
  'faults',
  'heatmap',
  'heatmap_cells',
  'latency',
  'latency_histogram',
  'latency_series',
  'scaling_events',
  'scheduler_board',
  'scheduler_cluster',
  'scheduler_explain',
  'scheduler_simulate',
] as const satisfies readonly OfRuns[];
/** Does not compile while an operation of the schema is missing from the list. */
type Whole = [Exclude<OfRuns, (typeof LISTED)[number]>] extends [never] ? readonly OfRuns[] : never;
export const RUN_AWARE: Whole = LISTED;
/** Operations that answer of a world as the scheduler leaves it; of these, the first are asked of a run where there is one. */
const PLACED = ['scheduler_board', 'scheduler_cluster', 'scheduler_explain', 'scheduler_simulate'] as const;
const OF_WORLDS: ReadonlySet<string> = new Set([
  ...PLACED,
  'scheduler_bindings',
  'scheduler_headroom',
  'scheduler_keep',
  'scheduler_landings',
  'scheduler_profiles',
  'scheduler_sweep',
  'scheduler_what_if',
] satisfies { [N in OperationName]: 'simulationId' extends keyof InputOf<N> ? N : never }[OperationName][]);
/** Operations that act on the playing session. */
const ACTS: ReadonlySet<string> = new Set([
  'session_heal',
  'session_kill',
  'session_pause',
  'session_play',
  'session_restart',
  'session_scale',
  'session_seek',
  'session_step',
]);

/** The input as it is asked of a side. Throws where the side cannot be asked. */
export function asked(name: string, input: Input, rules: PaneRules): Input {
  if (rules.plays) return input;
  if (ACTS.has(name))
    throw new ApiError(
      'refused',
      'This side is a stored run: nothing can be done to it. Act in the session, or start another run on Chaos.',
      undefined,
      0,
      name,
    );
  const of: Input = { ...input };
  if (input['world'] === 'current' && rules.world !== null) of['world'] = rules.world;
  if (OF_WORLDS.has(name)) {
    const named = input['simulationId'];
    const runs = PLACED.some((placed) => placed === name);
    // A side without a run shows its world as the scheduler leaves it.
    if (
      rules.world !== null &&
      (named === 'current' || (named === undefined && !(runs && rules.run !== null)))
    )
      of['simulationId'] = rules.world;
    if (of['simulationId'] !== undefined) return of;
  }
  if (!RUN_AWARE.some((aware) => aware === name)) return of;
  if (rules.run === null)
    throw new ApiError(
      'refused',
      `World ${rules.world ?? ''} has no run yet: run it to see figures of it.`,
      undefined,
      0,
      name,
    );
  of['run'] = rules.run;
  if (rules.atNs !== null) of['atNs'] = rules.atNs;
  return of;
}

export class PaneTransport implements Transport {
  constructor(
    private readonly door: Transport,
    private readonly rules: () => PaneRules,
  ) {}

  async call(name: string, input: Input): Promise<unknown> {
    return this.door.call(name, asked(name, input, this.rules()));
  }

  async bytes(name: string, input: Input): Promise<ArrayBuffer> {
    return this.door.bytes(name, asked(name, input, this.rules()));
  }

  open(): Channel {
    return { close: () => undefined };
  }
}
