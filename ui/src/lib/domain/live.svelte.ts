/**
 * Operations whose answer follows the playing session: asked again every second while it plays, and at
 * once when the view cursor, the faults or the marks change while it stands. A run is fixed and asked once;
 * in a pane of the A|B mode it is asked again when the linked moment moves.
 */
import type { BareName, InputOf, OperationName, ResultOf } from '../api/client';
import { useOperation, type OperationOptions, type OperationQuery } from '../api/queries';
import { route } from '../state/route.svelte';
import { session } from '../state/session.svelte';

/** A person sees no more than this; a second also keeps the engine free to play. */
const EVERY_MS = 1_000;
/** Scrubbing sends many moments; only the one it rests on is asked for. */
const REST_MS = 80;

/** The run the address names; undefined is the playing session. */
export const runOf = (): string | undefined => route.get('run');

/** The moment charts and figures are of: changes with the cursor, faults, marks and the definition. */
function moment(): string {
  const now = session.now;
  return now
    ? `${now.worldId}@${now.revision}:${now.timeNs}:${now.marks.length}:${now.faults.map((f) => f.id).join()}`
    : '';
}

/** Like `useOperation`, kept in step with the session. Call it while a component initialises. */
export function useLive<N extends OperationName>(
  name: N,
  input: () => InputOf<N>,
  options?: OperationOptions,
): OperationQuery<ResultOf<N>>;
export function useLive<N extends BareName>(name: N): OperationQuery<ResultOf<N>>;
export function useLive<N extends OperationName>(
  name: N,
  input: () => InputOf<N> = () => ({}) as InputOf<N>,
  options: OperationOptions = {},
): OperationQuery<ResultOf<N>> {
  const query = useOperation(name, input, {
    ...options,
    refetchMs: () => (session.playing && !runOf() ? EVERY_MS : false),
  });
  let seen: string | null = null;
  $effect(() => {
    const now = moment();
    if (runOf() || session.playing || options.enabled?.() === false) {
      seen = now;
      return;
    }
    if (seen === null || seen === now) {
      seen = now;
      return;
    }
    const timer = setTimeout(() => {
      seen = now;
      void query.refetch();
    }, REST_MS);
    return () => clearTimeout(timer);
  });
  return query;
}
