/** Reads answers whose outer form may be a bare list or an object around one. */

/** The list in an answer: itself, or under one of the given names, or under "items". */
export function list<T>(data: unknown, ...names: string[]): T[] {
  if (Array.isArray(data)) return data as T[];
  if (typeof data !== 'object' || data === null) return [];
  for (const name of [...names, 'items']) {
    const inner = (data as Record<string, unknown>)[name];
    if (Array.isArray(inner)) return inner as T[];
  }
  return [];
}

/** The name an answer goes by, or null. */
export function nameOf(item: unknown): string | null {
  if (typeof item === 'string') return item;
  if (typeof item !== 'object' || item === null) return null;
  const o = item as Record<string, unknown>;
  for (const key of ['name', 'lab', 'service', 'node', 'pod', 'id'])
    if (typeof o[key] === 'string') return o[key];
  return null;
}

/** One line about an entry of a report: "Secret default/token: values are never kept". */
export function line(entry: unknown): string {
  if (typeof entry !== 'object' || entry === null) return String(entry);
  const o = entry as Record<string, unknown>;
  const text = (key: string) =>
    typeof o[key] === 'string' || typeof o[key] === 'number' ? String(o[key]) : '';
  const first = (...keys: string[]) => keys.map(text).find(Boolean) ?? '';
  const object = [first('namespace'), first('name', 'object', 'key', 'field', 'from')]
    .filter(Boolean)
    .join('/');
  const count = first('count', 'number');
  const head = [
    count && `${count} ×`,
    first('kind'),
    object,
    first('to') && `→ ${first('to')}`,
    first('path', 'file') && `(${first('path', 'file')})`,
  ]
    .filter(Boolean)
    .join(' ');
  const why = first('why', 'reason', 'message', 'text', 'note', 'value');
  return [head, why].filter(Boolean).join(': ') || JSON.stringify(entry);
}

/** Entries of one part of a report, whatever form it has. */
export function lines(part: unknown): string[] {
  if (part === null || part === undefined || part === 0 || part === '') return [];
  if (Array.isArray(part)) return part.map(line);
  if (typeof part === 'object')
    return Object.entries(part).map(([key, value]) =>
      typeof value === 'object' ? `${key}: ${lines(value).join('; ')}` : `${key}: ${String(value)}`,
    );
  return [String(part)];
}
