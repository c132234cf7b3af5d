/** Entries of the audit log in words. */
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
