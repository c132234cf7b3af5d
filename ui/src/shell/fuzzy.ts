/** Fuzzy search: the letters of the query in order; runs, word starts and short names score higher. */

/** Greater is better; null when the text does not hold the query. */
export function score(query: string, text: string): number | null {
  const q = query.toLowerCase().replace(/\s+/g, '');
  const t = text.toLowerCase();
  if (q === '') return 0;
  const whole = t.indexOf(query.toLowerCase().trim());
  if (whole >= 0)
    return 100 - Math.min(40, whole) - Math.min(20, t.length / 10) + (starts(t, whole) ? 20 : 0);
  let at = -1;
  let points = 0;
  let run = 0;
  for (const letter of q) {
    const next = t.indexOf(letter, at + 1);
    if (next < 0) return null;
    run = next === at + 1 ? run + 1 : 0;
    points += 1 + run * 2 + (starts(t, next) ? 3 : 0) - Math.min(2, (next - at - 1) / 8);
    at = next;
  }
  return points - t.length / 40;
}

function highest(query: string, names: readonly string[]): number | null {
  const scores = names.map((name) => score(query, name)).filter((s) => s !== null);
  return scores.length ? Math.max(...scores) : null;
}

const starts = (t: string, i: number) => i === 0 || /[\s\-_./:]/.test(t[i - 1]!);

/** The best entries for a query, best first, by the best of each one's names; equal scores keep their order. */
export function best<T>(
  query: string,
  entries: readonly T[],
  names: (entry: T) => string | readonly string[],
  limit: number,
): T[] {
  return entries
    .map((entry, i) => ({ entry, i, s: highest(query, [names(entry)].flat()) }))
    .filter((x): x is { entry: T; i: number; s: number } => x.s !== null)
    .sort((a, b) => b.s - a.s || a.i - b.i)
    .slice(0, limit)
    .map((x) => x.entry);
}
