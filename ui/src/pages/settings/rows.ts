/** Settings and the rest of what the Settings page reads, and what makes a typed setting acceptable. */
export type SettingValue = string | number | boolean | null;
export interface SettingRow {
  key: string;
  value: SettingValue;
  default: SettingValue;
  /** Name of the type: bool, integer, number, text, or "one of: a, b". */
  type: string;
  meaning: string;
  source: 'default' | 'environment' | 'entered';
  environment?: string | null;
  at?: string | null;
}
export interface LabInfo {
  version: string;
  lab: string;
  currentWorld: string | null;
  worlds: number;
}
export interface BinRow {
  id: string;
  kind: 'world' | 'run';
  name: string;
  deleted: string;
  expires: string;
}

export type Kind = 'bool' | 'integer' | 'number' | 'text';
/** The kind of a setting, from the name of its type or, where that says nothing, from its default. */
export function kindOf(row: SettingRow): Kind {
  const type = row.type.toLowerCase();
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
  return { value: text };
}
export const shown = (value: SettingValue): string => (value === null ? '–' : String(value));
