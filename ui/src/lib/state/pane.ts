/**
 * One side of the A|B mode as seen from within it. A pane is this window once more in a frame, without its
 * own address, session or stream: the window around it lends those, and is told what happens in the pane.
 */
import type { SessionState } from '../api/shapes';
import type { Place } from './route.svelte';

export type PaneSide = 'A' | 'B';

/** What the side is, for the questions its page asks. */
export interface PaneRules {
  /** World the side is of; null while it is not known. */
  world: string | null;
  /** Stored run the side shows; null for the playing session, or for a world that has no run. */
  run: string | null;
  /** Instant of the run, nanoseconds; null is its end. */
  atNs: string | null;
  /** The side is the playing session and may be acted on. */
  plays: boolean;
}

/** What the window around lends. */
export interface PaneView {
  place: Place;
  session: SessionState | null;
  rules: PaneRules;
  /** The moment the pointer is at in the other pane, seconds. */
  hover: number | null;
  /** Grows with each change made from the other side. */
  turn: number;
  /** A sentence on what this page cannot show of this side. */
  note: string | null;
}

/** A message for the window around. */
export interface PaneToast {
  tone: 'plain' | 'ok' | 'warn' | 'crit';
  detail?: string | undefined;
  undo?: (() => unknown) | undefined;
}

export interface PaneHost {
  readonly side: PaneSide;
  view(): PaneView;
  /** Calls back whenever the view changes; returns how to stop. */
  watch(listener: (view: PaneView) => void): () => void;
  /** The page of this pane goes somewhere: both sides go along. */
  go(place: Place, push: boolean): void;
  /** Moves the linked time, to seconds. */
  seek(seconds: number): Promise<boolean>;
  hover(time: number | null): void;
  /** A key nothing in the pane took; true when the window around did. */
  key(event: KeyboardEvent): boolean;
  /** Opens a dialog of the window around. */
  open(dialog: 'palette' | 'help' | 'import', dropped?: readonly { path: string; file: File }[]): void;
  toast(text: string, options: PaneToast): number;
  /** Something was changed from here: the other side asks again. */
  changed(): void;
}

/** The frame a pane is in: the window around puts the host there before the pane loads. */
export interface PaneFrame extends HTMLIFrameElement {
  host?: PaneHost;
}

function found(): PaneHost | null {
  if (typeof window === 'undefined' || window.parent === window) return null;
  try {
    return (window.frameElement as PaneFrame | null)?.host ?? null;
  } catch {
    // A frame of another origin says nothing of itself; the policy of the door refuses it anyway.
    return null;
  }
}

/** The window around, or null in a window of its own. */
export const pane: PaneHost | null = found();

/** The name of a region of a page: beside another pane it says which one it is of. */
export const inPane = <T extends string | undefined>(name: T): T | string =>
  pane && name !== undefined ? `${pane.side}: ${name}` : name;
