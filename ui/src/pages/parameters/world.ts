/** What the Parameters page reads of a world, and its parameters sorted by what they are about. */
import type { Parameter } from '$lib/api/shapes';
import { digits } from '$lib/format';

export type SubjectKind = 'service' | 'call' | 'class' | 'world';

/** What a subject is, from its name: service/shop/cart, call/a->b, class/browse, world. */
export function kindOf(subject: string): SubjectKind {
  const head = subject.split('/', 1)[0];
  return head === 'service' || head === 'call' || head === 'class' ? head : 'world';
}
/** A subject without its kind. */
export const bare = (subject: string): string => subject.replace(/^(service|call|class)\//, '');

export interface Group {
  subject: string;
  rows: Parameter[];
}
const ORDER: SubjectKind[] = ['world', 'class', 'service', 'call'];

/** Parameters by subject: the world first, then classes, services and calls, each in name order. */
export function grouped(rows: readonly Parameter[]): Group[] {
  const groups = new Map<string, Parameter[]>();
  for (const row of rows) groups.set(row.subject, [...(groups.get(row.subject) ?? []), row]);
  return [...groups]
    .map(([subject, list]) => ({ subject, rows: list }))
    .sort(
      (a, b) =>
        ORDER.indexOf(kindOf(a.subject)) - ORDER.indexOf(kindOf(b.subject)) ||
        (a.subject < b.subject ? -1 : 1),
    );
}

/** Whether a parameter holds the text in its key, meaning or source. */
export function holds(row: Parameter, text: string): boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const all = `${row.key} ${row.meaning} ${row.source} ${row.provenance}`.toLowerCase();
  return words.every((w) => all.includes(w));
}

/** Why a text is no acceptable value, in the field's own words; null when it is one. */
export function refusal(row: Parameter, text: string): string | null {
  const value = number(text);
  const unit = row.unit ? ` ${row.unit}` : '';
  const low = row.minimum ?? -Infinity;
  const high = row.maximum ?? Infinity;
  const span = `${row.name}: a number from ${digits(low, 12)} to ${digits(high, 12)}${unit}`;
  if (text.trim() === '') return span;
  if (value === null) return `${span}, not "${text.trim()}"`;
  return value < low || value > high ? `${span}, not ${text.trim()}` : null;
}

/** A typed figure; null when it is none. Spaces and thousands separators are let pass. */
export function number(text: string): number | null {
  const plain = text.replace(/[\s,\u2009]/g, '');
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : null;
}

/** A value as it is typed: full digits, no separators. */
export const typed = (value: Parameter['value']): string => (value === null ? '' : String(value));
/** A value as it is read. */
export const shown = (value: Parameter['value'] | undefined): string =>
  typeof value === 'number' ? digits(value, 6) : (value ?? '–');
/** The plausible range, or a dash where low and high are the value itself. */
export const span = (row: Parameter): string =>
  row.low == null || row.high == null || row.low === row.high
    ? '–'
    : `${digits(row.low)} – ${digits(row.high)}`;
/** Whether somebody set this value, so that it can go back to what is assumed. */
export const isSet = (row: Parameter): boolean => !['assumed', 'inferred'].includes(row.provenance);
