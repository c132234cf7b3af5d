/**
 * Layered layout of a call graph (after Sugiyama, Tagawa, Toda 1981): callers left of callees, rows
 * ordered by barycentre. Edges that close a cycle are set aside for the layering and still drawn.
 */
export interface Edge {
  from: string;
  to: string;
}
export interface Spot {
  layer: number;
  row: number;
  rows: number;
}

const SWEEPS = 4;

export function layers(nodes: readonly string[], edges: readonly Edge[]): Map<string, Spot> {
  const names = [...new Set(nodes)];
  const known = new Set(names);
  const out = new Map<string, string[]>(names.map((n) => [n, []]));
  for (const e of edges)
    if (known.has(e.from) && known.has(e.to) && e.from !== e.to) out.get(e.from)!.push(e.to);

  // Depth-first: an edge to a node still on the path closes a cycle and is set aside.
  const state = new Map<string, 'open' | 'done'>();
  const forward = new Map<string, string[]>(names.map((n) => [n, []]));
  const order: string[] = [];
  const visit = (n: string) => {
    state.set(n, 'open');
    for (const m of out.get(n)!) {
      if (state.get(m) === 'open') continue;
      forward.get(n)!.push(m);
      if (!state.has(m)) visit(m);
    }
    state.set(n, 'done');
    order.unshift(n);
  };
  const called = new Set(edges.filter((e) => e.from !== e.to).map((e) => e.to));
  for (const n of [...names.filter((n) => !called.has(n)), ...names]) if (!state.has(n)) visit(n);

  const depth = new Map<string, number>(names.map((n) => [n, 0]));
  for (const n of order)
    for (const m of forward.get(n)!) depth.set(m, Math.max(depth.get(m)!, depth.get(n)! + 1));

  const columns: string[][] = [];
  for (const n of order) (columns[depth.get(n)!] ??= []).push(n);
  const back = new Map<string, string[]>(names.map((n) => [n, []]));
  for (const [n, list] of forward) for (const m of list) back.get(m)!.push(n);
  const place = new Map<string, number>();
  const settle = () => columns.forEach((c) => c.forEach((n, i) => place.set(n, (i + 0.5) / c.length)));
  settle();
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const near = sweep % 2 === 0 ? back : forward;
    const weight = (n: string) => {
      const list = near.get(n)!;
      return list.length ? list.reduce((s, m) => s + place.get(m)!, 0) / list.length : place.get(n)!;
    };
    for (const column of columns) column.sort((a, b) => weight(a) - weight(b) || (a < b ? -1 : 1));
    settle();
  }
  const spots = new Map<string, Spot>();
  columns.forEach((c, layer) => c.forEach((n, row) => spots.set(n, { layer, row, rows: c.length })));
  return spots;
}
