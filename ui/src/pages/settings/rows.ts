/** Settings and the rest of what the Settings page reads, and what makes a typed setting acceptable. */
import type { SettingRow as Row } from '$lib/api/shapes';

export type { BinRow, LabInfo } from '$lib/api/shapes';

export type SettingValue = string | number | boolean | null | readonly string[];
/** A setting, with what a value may be: the schema leaves that open. */
export interface SettingRow extends Omit<Row, 'value' | 'default' | 'overruled'> {
  value: SettingValue;
  default: SettingValue;
  overruled?: SettingValue;
}
/** Settings that the section Access shows. */
export const isOfDoor = (row: SettingRow): boolean => row.key.startsWith('http.');
/** Whether a filter's words are in a setting. */
export const fits = (row: SettingRow, text: string): boolean =>
  `${row.key} ${row.meaning} ${row.source} ${shown(row.value)}`.toLowerCase().includes(text);

export type Kind = 'bool' | 'integer' | 'number' | 'list' | 'text';
/** The kind of a setting, from the name of its type or, where that says nothing, from its default. */
export function kindOf(row: SettingRow): Kind {
  const type = row.type.toLowerCase();
  if (type.startsWith('list')) return 'list';
  if (/bool/.test(type) || typeof row.default === 'boolean') return 'bool';
  if (/int|u\d+|i\d+|whole|count|port|ms|seconds|days|bytes/.test(type)) return 'integer';
  if (/num|float|f\d+|decimal/.test(type) || typeof row.default === 'number') return 'number';
  return 'text';
}
/** The choices of a setting that is one of a few words. */
export function choices(row: SettingRow): string[] {
  const m =
    /^(?:one of|enum|choice)s?:?\s*(.+)$/i.exec(row.type) ??
    (row.type.includes('|') ? [row.type, row.type] : null);
  return m
    ? m[1]!
        .split(/\s*[|,]\s*/)
        .map((s) => s.replaceAll('"', '').trim())
        .filter(Boolean)
    : [];
}

/** The typed text as a value, or what is wrong with it in the setting's own words. */
export function read(row: SettingRow, text: string): { value: SettingValue } | { error: string } {
  const kind = kindOf(row);
  const plain = text.trim();
  if (kind === 'integer')
    return /^-?\d{1,15}$/.test(plain)
      ? { value: Number(plain) }
      : { error: `${row.key}: a whole number, not "${plain}"` };
  if (kind === 'number')
    return plain !== '' && Number.isFinite(Number(plain))
      ? { value: Number(plain) }
      : { error: `${row.key}: a number, not "${plain}"` };
  if (kind === 'bool')
    return plain === 'true' || plain === 'false'
      ? { value: plain === 'true' }
      : { error: `${row.key}: true or false, not "${plain}"` };
  if (kind === 'list') return { value: plain.split(/[\s,]+/).filter(Boolean) };
  return { value: text };
}
/** A value as text; of a list, its entries with commas between; of an empty one, that there is none. */
export function shown(value: SettingValue): string {
  if (value === null) return '–';
  if (typeof value !== 'object') return String(value) || 'none';
  return value.length ? value.join(', ') : 'none';
}
/** A value as it is typed. */
export const written = (value: SettingValue): string =>
  value === null ? '' : typeof value === 'object' ? value.join(', ') : String(value);
