/** Changes as YAML or JSON text and back, with the line of what is wrong. Pure. */
import { firstFault, lineOf, lineOfField, type TextFault } from '$lib/code/faults';
import { LineCounter, parseDocument, stringify } from 'yaml';
import { faultsOfAll, tidy, type Known } from './changes';
import type { Change } from './shapes';

export type Form = 'yaml' | 'json';
export interface Read {
  /** The changes, where the text is a list of them; null where it cannot be read. */
  changes: Change[] | null;
  faults: TextFault[];
}

export function toText(changes: readonly Change[], form: Form): string {
  const value = { changes: changes.map(tidy) };
  return form === 'json' ? `${JSON.stringify(value, null, 2)}\n` : stringify(value, { lineWidth: 0 });
}

/** Reads a text: a list of changes, or an object whose `changes` is one. JSON is YAML too. */
export function fromText(text: string, known: Known): Read {
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const first = firstFault(doc.errors, lines);
  if (first) return { changes: null, faults: [first] };
  const value: unknown = doc.toJS({ maxAliasCount: 100 });
  if (value === null || value === undefined) return { changes: [], faults: [] };
  const within = !Array.isArray(value) && typeof value === 'object' && 'changes' in value ? ['changes'] : [];
  const all = within.length ? (value as { changes: unknown }).changes : value;
  const list = all === null ? [] : all;
  if (!Array.isArray(list))
    return {
      changes: null,
      faults: [{ line: 1, message: 'a list of changes, or an object with "changes"' }],
    };
  const extra = within.length ? Object.keys(value as object).filter((k) => k !== 'changes') : [];
  const faults = [
    ...extra.map((key) => ({ line: 1, message: `unknown field ${key}` })),
    ...faultsOfAll(list, known).map((f) => ({
      line: lineOf(doc, lines, [...within, ...f.path]),
      message: `${f.path.slice(1).join('.') || 'change'}: ${f.message}`,
    })),
  ];
  const readable = list.every((c) => typeof c === 'object' && c !== null && !Array.isArray(c));
  return { changes: readable && extra.length === 0 ? (list as Change[]) : null, faults };
}

/** The line of a field of a change, or of the change where the field is not written. */
export const lineOfChange = (text: string, at: number, field: string): number | null =>
  lineOfField(text, `changes[${at}].${field}`) ?? lineOfField(text, `[${at}].${field}`);
