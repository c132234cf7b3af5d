/** Changes to a world's definition: each is one revision, done at once, with its undo in the toast. */
import { call } from '$lib/api/client';
import type { ParameterRow } from '$lib/api/shapes';
import { session } from '$lib/state/session.svelte';
import { toasts } from '$lib/state/toasts.svelte';
import { bare, shown } from './world';

async function change(
  doing: string,
  operation: string,
  input: Record<string, unknown>,
  said: string,
): Promise<boolean> {
  try {
    await call<unknown>(operation, { world: session.world ?? 'current', ...input });
    session.changed(said);
    return true;
  } catch (error) {
    toasts.fail(doing, error);
    return false;
  }
}

const title = (row: ParameterRow) => `${row.name} of ${bare(row.subject)}`;

export const setParameter = (row: ParameterRow, value: number) =>
  change(
    `set ${title(row)}`,
    'set_parameter',
    { key: row.key, value },
    `${title(row)}: ${shown(row.value)} → ${shown(value)} ${row.unit}`,
  );
export const resetParameter = (row: ParameterRow) =>
  change(
    `reset ${title(row)}`,
    'reset_parameter',
    { key: row.key },
    `${title(row)} is back to what is assumed`,
  );

export const setCall = (from: string, to: string, callsPerRequest: number | null, fresh: boolean) =>
  change(
    `${fresh ? 'add' : 'change'} the call ${from} → ${to}`,
    'set_call',
    { from, to, ...(callsPerRequest === null ? {} : { callsPerRequest }) },
    `${fresh ? 'Added' : 'Changed'} call ${from} → ${to}`,
  );
export const removeCall = (from: string, to: string) =>
  change(`remove the call ${from} → ${to}`, 'remove_call', { from, to }, `Removed call ${from} → ${to}`);

export const setClass = (name: string, entry: string, ratePerS: number | null, fresh: boolean) =>
  change(
    `${fresh ? 'add' : 'change'} class ${name}`,
    'set_class',
    { name, entry, ...(ratePerS === null ? {} : { ratePerS }) },
    `${fresh ? 'Added' : 'Changed'} class ${name}`,
  );
export const removeClass = (name: string) =>
  change(`remove class ${name}`, 'remove_class', { name }, `Removed class ${name}`);
