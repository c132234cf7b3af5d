/** From the words and quantities of the cluster to figures and levels of the window. Draws nothing. */
import type { AnswerMark, NodeStatus, ServiceStatus } from '../api/shapes';
import type { Mark } from '../charts';
import { nsToSeconds } from '../format';
import type { StatusLevel } from '../ui';

const SUFFIX: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** A Kubernetes quantity ("3920m", "15Gi", "1e3") as a number of its base unit; null when it is none. */
export function quantity(text: string | null | undefined): number | null {
  const m = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([numkMGTP]?i?)$/.exec(text?.trim() ?? '');
  const unit = m ? SUFFIX[m[2] ?? ''] : undefined;
  return m && unit !== undefined ? Number(m[1]) * unit : null;
}

/** A share 0..1, or null where either figure is missing or the whole is none. */
export function share(part: number | null | undefined, whole: number | null | undefined): number | null {
  return part == null || whole == null || whole <= 0 ? null : part / whole;
}

/** The service's name without its namespace; two services of one name keep theirs. */
export function shortName(id: string, all: readonly string[] = []): string {
  const name = id.slice(id.lastIndexOf('/') + 1);
  return all.some((other) => other !== id && other.slice(other.lastIndexOf('/') + 1) === name) ? id : name;
}

export function serviceLevel(s: Pick<ServiceStatus, 'status' | 'healthy'>): StatusLevel {
  if (s.status === 'unavailable') return 'crit';
  return s.status === 'degraded' || !s.healthy ? 'warn' : 'ok';
}

const WORDS: Record<ServiceStatus['status'], string> = {
  steady: 'steady',
  scaling_up: 'scaling up',
  scaling_down: 'scaling down',
  degraded: 'degraded',
  unavailable: 'unavailable',
};
export const serviceWord = (s: Pick<ServiceStatus, 'status'>): string => WORDS[s.status] ?? s.status;

export function nodeLevel(n: Pick<NodeStatus, 'status' | 'killed'>): StatusLevel {
  if (n.killed || n.status === 'NotReady') return 'crit';
  return n.status === 'Ready' ? 'ok' : 'unknown';
}
export const nodeWord = (n: Pick<NodeStatus, 'status' | 'killed'>): string =>
  n.killed ? 'killed' : { Ready: 'ready', NotReady: 'not ready', Unknown: 'unknown' }[n.status];

/** Kinds that change how a line is read; the many others are left to the list of events. */
const DRAWN: Record<string, string> = {
  kill: 'kill',
  heal: 'heal',
  scale: 'scale',
  nodeLost: 'fault',
  unschedulable: 'fault',
};

/** What happened, with a service named without its namespace: "orchestrator: from 3 to 4 replicas". */
export const markText = (m: Pick<AnswerMark, 'label'>): string => m.label.replace(/^[^\s/:]+\/(?=\S+:)/, '');

/** Marks in the form charts take, without the kinds that would bury the rest. */
export function chartMarks(marks: readonly AnswerMark[] | undefined): Mark[] {
  return (marks ?? []).flatMap((m) => {
    const kind = DRAWN[m.kind];
    const at = nsToSeconds(m.atNs);
    return kind && at !== null ? [{ at, label: markText(m), kind }] : [];
  });
}

/** Nanosecond strings as seconds. */
export const secondsOf = (ns: readonly string[] | undefined): number[] =>
  (ns ?? []).map((t) => nsToSeconds(t) ?? NaN);

/** Requests that ended, answered or failed: what a share of failures is of. */
export const ended = (a: { count: number; failed: number }): number => a.count + a.failed;

/** A range with its unit once where both ends share it: 210–900 ms, 900 ms–1.2 s. */
export function span(low: number | null, high: number | null, format: (v: number | null) => string): string {
  const a = format(low);
  const b = format(high);
  const unit = b.slice(b.lastIndexOf(' '));
  return unit.startsWith(' ') && a.endsWith(unit) ? `${a.slice(0, -unit.length)}–${b}` : `${a}–${b}`;
}
