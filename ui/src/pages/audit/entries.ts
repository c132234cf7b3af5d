/** Entries of the audit chain as the operations answer them. */
export interface Entry {
  seq: number;
  at: string;
  author: string;
  role: string;
  door: string;
  operation: string;
  input: unknown;
  outcome: 'ok' | 'refused' | 'failed';
  code?: string | null;
  hash: string;
}
export interface Verdict {
  entries: number;
  head: string;
  ok: boolean;
  firstBad?: number | null;
  problem?: string | null;
}

const DOORS: Record<string, string> = {
  window: 'window',
  http: 'HTTP',
  command_line: 'command line',
  mcp: 'MCP',
};
export const doorName = (door: string): string => DOORS[door] ?? door;

/** An entry's input as one line. */
export function brief(input: unknown): string {
  if (input === null || input === undefined) return '';
  if (typeof input === 'string') return input;
  if (typeof input !== 'object') return String(input);
  return Object.entries(input)
    .map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
