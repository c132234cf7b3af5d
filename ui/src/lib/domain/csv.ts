/** Tables as CSV files (RFC 4180), saved under a name. Missing stays empty, never zero. */
import { save } from '../charts/export';

export type CsvCell = string | number | boolean | null | undefined;

function field(value: CsvCell): string {
  if (value === null || value === undefined || (typeof value === 'number' && Number.isNaN(value))) return '';
  const text = String(value);
  // A leading operator would be run as a formula by spreadsheets.
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csv(head: readonly string[], rows: readonly (readonly CsvCell[])[]): string {
  return [head, ...rows].map((row) => row.map(field).join(',')).join('\r\n') + '\r\n';
}

export function saveCsv(name: string, head: readonly string[], rows: readonly (readonly CsvCell[])[]): void {
  const file =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'table';
  save(`${file}.csv`, new Blob([csv(head, rows)], { type: 'text/csv' }));
}
