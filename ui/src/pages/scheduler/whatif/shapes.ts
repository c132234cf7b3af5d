/** Short names for the shapes of changes and of what they come to. */
import type { ResultOf } from '$lib/api/client';

export type Report = ResultOf<'scheduler_what_if'>;
/** What changes come to, without the words around it. */
export type Outcome = Omit<Report, 'basis' | 'originalState' | 'newState' | 'impact'>;
export type Placement = Report['before'];
export type NodeFill = Placement['nodes'][number];
export type ZoneFill = Placement['zones'][number];
export type PendingPod = Placement['pending'][number];
export type Move = Report['moved'][number];
export type Drain = Report['drains'][number];

export interface Taint {
  key: string;
  value?: string | null;
  effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}
/** A change as text and operations write it: a type and the fields of that type. */
export type Change = { type: string } & Record<string, unknown>;

/** What the operation found wrong with a change: its place in the list, and the field. */
export interface Refused {
  at: number;
  field: string;
  message: string;
}
