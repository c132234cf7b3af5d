/** Stable sorting of rows by a value; missing values come last in both directions. */
type Value = string | number | boolean | null | undefined;

const words = new Intl.Collator('en-US', { numeric: true, sensitivity: 'base' });
const missing = (v: Value) =>
  v === null || v === undefined || v === '' || (typeof v === 'number' && Number.isNaN(v));

export function sorted<R>(rows: readonly R[], value: (row: R) => Value, down: boolean): R[] {
  const keyed = rows.map((row) => ({ row, v: value(row) }));
  keyed.sort((a, b) => {
    if (missing(a.v) || missing(b.v)) return Number(missing(a.v)) - Number(missing(b.v));
    const by =
      typeof a.v === 'number' && typeof b.v === 'number'
        ? a.v - b.v
        : words.compare(String(a.v), String(b.v));
    return down ? -by : by;
  });
  return keyed.map((k) => k.row);
}
