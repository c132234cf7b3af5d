/** The parts of an import's report as lines for a person. */
import type { ResultOf } from '$lib/api/client';

export type Report = ResultOf<'import_world'>['report'];

const pairs = (figures: Record<string, string> | undefined) =>
  Object.entries(figures ?? {})
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

const LINES: { [P in keyof Report]: (entry: Report[P][number]) => string } = {
  files: (path) => path,
  taken: (t) => `${t.count} × ${t.kind}${t.understood ? '' : ': kept, without effect'}`,
  skipped: (s) => `${s.place}${s.kind ? ` (${s.kind})` : ''}: ${s.reason}`,
  dropped: (d) => `${d.object}: ${d.field}`,
  inferred: (i) => `${i.what}: from ${i.from}`,
  unresolved: (u) => `${u.name}: named by ${u.from}`,
  assumed: (a) => `${a.what}: ${a.why}${a.figures && pairs(a.figures) ? ` (${pairs(a.figures)})` : ''}`,
};

/** One part of a report, a line for each entry. */
export function linesOf<P extends keyof Report>(report: Report, part: P): string[] {
  const line = LINES[part] as (entry: Report[P][number]) => string;
  return (report[part] as readonly Report[P][number][]).map(line);
}
