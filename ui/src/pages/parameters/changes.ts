/** Changes to a world's definition: each is one revision, done at once, with its undo in the toast. */
import { call, type InputOf } from '$lib/api/client';
import type { Parameter } from '$lib/api/shapes';
import { session } from '$lib/state/session.svelte';
import { toasts } from '$lib/state/toasts.svelte';
import { bare, shown } from './world';

/** The operations that change a definition. */
type Change = 'set_parameter' | 'reset_parameter' | 'set_call' | 'remove_call' | 'set_class' | 'remove_class';

async function change<N extends Change>(
  doing: string,
  operation: N,
  input: (world: string) => InputOf<N>,
  said: string,
): Promise<boolean> {
  try {
    await call(operation, input(session.world ?? 'current'));
    session.changed(said);
    return true;
  } catch (error) {
    toasts.fail(doing, error);
    return false;
  }
}

const title = (row: Parameter) => `${row.name} of ${bare(row.subject)}`;

export const setParameter = (row: Parameter, value: number) =>
  change(
    `set ${title(row)}`,
    'set_parameter',
    (world) => ({ world, key: row.key, value }),
    `${title(row)}: ${shown(row.value)} → ${shown(value)} ${row.unit}`,
  );
export const resetParameter = (row: Parameter) =>
  change(
    `reset ${title(row)}`,
    'reset_parameter',
    (world) => ({ world, key: row.key }),
    `${title(row)} is back to what is assumed`,
  );

export const setCall = (from: string, to: string, callsPerRequest: number | null, fresh: boolean) =>
  change(
    `${fresh ? 'add' : 'change'} the call ${from} → ${to}`,
    'set_call',
    (world) => ({ world, from, to, ...(callsPerRequest === null ? {} : { callsPerRequest }) }),
    `${fresh ? 'Added' : 'Changed'} call ${from} → ${to}`,
  );
export const removeCall = (from: string, to: string) =>
  change(
    `remove the call ${from} → ${to}`,
    'remove_call',
    (world) => ({ world, from, to }),
    `Removed call ${from} → ${to}`,
  );

export const setClass = (name: string, entry: string, ratePerS: number | null, fresh: boolean) =>
  change(
    `${fresh ? 'add' : 'change'} class ${name}`,
    'set_class',
    (world) => ({ world, name, entry, ...(ratePerS === null ? {} : { ratePerS }) }),
    `${fresh ? 'Added' : 'Changed'} class ${name}`,
  );
export const removeClass = (name: string) =>
  change(`remove class ${name}`, 'remove_class', (world) => ({ world, name }), `Removed class ${name}`);
