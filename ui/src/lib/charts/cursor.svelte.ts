/** The moment the pointer is at, shared by every chart of the window, in seconds of simulated time. */
class Cursor {
  time = $state<number | null>(null);
}
export const cursor = new Cursor();

/** A named moment drawn on every chart. */
export interface Mark {
  at: number;
  label: string;
  kind: 'kill' | 'heal' | 'scale' | 'schedule' | 'fault' | 'info' | (string & {});
}
export const markToken = (kind: string): string =>
  ['kill', 'heal', 'scale', 'schedule', 'fault'].includes(kind) ? `--mark-${kind}` : '--mark-info';
