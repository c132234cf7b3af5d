/** What one side of the A|B mode shows: the run it comes to, what that is of, and how far it goes. */
import { useOperation, type OperationQuery } from '$lib/api/queries';
import type { RunRow, SessionState } from '$lib/api/shapes';
import { clock, nsToSeconds, plural, secondsToNs, seconds } from '$lib/format';
import type { PaneRules } from '$lib/state/pane';
import { session } from '$lib/state/session.svelte';
import type { Side } from './address';

export const runName = (run: RunRow): string => run.name || run.id.slice(0, 8);

/** The newest run of the newest revision that has one; runs come newest first. */
export function newestRun(runs: readonly RunRow[]): RunRow | null {
  return runs.reduce<RunRow | null>((best, r) => (best && best.revision >= r.revision ? best : r), null);
}

/** Reads one side. Make it while a component initialises. */
export class SideFacts {
  readonly #side: () => Side;
  readonly #worlds = useOperation('worlds');
  readonly #runs;
  readonly #result;

  constructor(side: () => Side) {
    this.#side = side;
    this.#runs = useOperation('runs', () => ({ world: this.#named ?? 'current', limit: 100 }), {
      enabled: () => this.#named !== null,
      keep: false,
    });
    this.#result = useOperation('run_result', () => ({ run: this.run ?? '' }), {
      enabled: () => this.run !== null,
      staleMs: 600_000,
      keep: false,
    });
  }

  /** The world a side names, where it is not the one that plays. */
  get #named(): string | null {
    const side = this.#side();
    return side.kind === 'world' && side.name !== session.world ? side.name : null;
  }
  /** The side is the playing session, by name or because its world plays. */
  get plays(): boolean {
    return this.#side().kind !== 'run' && this.#named === null;
  }
  /** Id of the run it shows. */
  get run(): string | null {
    const side = this.#side();
    if (side.kind === 'run') return side.id;
    if (this.#named === null) return null;
    return newestRun((this.#runs.data ?? []) as RunRow[])?.id ?? null;
  }
  get row(): RunRow | null {
    return this.run === null ? null : (this.#result.data ?? null);
  }
  /** Why the side cannot be shown, where it cannot. */
  get query(): OperationQuery<unknown> | null {
    if (this.plays) return null;
    return this.run === null ? this.#runs : this.#result;
  }
  /** A world that has no run yet. */
  get bare(): boolean {
    return this.#named !== null && this.#runs.isSuccess && this.run === null;
  }
  get world(): string | null {
    if (this.plays) return session.world;
    return this.row?.world ?? this.#named;
  }
  get newest(): number | null {
    return this.#worlds.data?.find((w) => w.name === this.world)?.revision ?? null;
  }
  get revision(): number | null {
    return this.plays ? session.revision : (this.row?.revision ?? null);
  }
  get seed(): number | null {
    return this.plays ? (session.now?.seed ?? null) : (this.row?.seed ?? null);
  }
  /** How far it goes, seconds. */
  get end(): number | null {
    return this.plays ? session.end : nsToSeconds(this.row?.durationNs);
  }
  get marks(): { at: number; label: string; kind: string }[] {
    if (this.plays) return session.marks;
    const quiet = ['schedule', 'ready', 'terminate'];
    return (this.#result.data?.events ?? [])
      .filter((e) => !quiet.includes(e.kind))
      .map((e) => ({ at: e.atNs / 1e9, label: `${e.subject}: ${e.message}`, kind: e.kind }));
  }

  /** "session of shop", "run with zone b lost". */
  get title(): string {
    if (this.plays) return `session of ${session.world ?? 'no world'}`;
    if (this.row) return `run ${runName(this.row)}`;
    return this.#named === null ? 'run' : `world ${this.#named}`;
  }
  /** What tells it from others: world, revision, seed, length, what was done to it. */
  get facts(): string {
    const acts = this.row?.scenario.acts?.length ?? 0;
    return [
      this.plays ? null : this.world,
      this.revision === null ? null : `r${this.revision}`,
      this.seed === null ? null : `seed ${this.seed}`,
      this.plays || this.end === null ? null : seconds(this.end),
      acts ? plural(acts, 'act') : null,
      this.newest !== null && this.revision !== null && this.newest > this.revision
        ? `world is at r${this.newest}`
        : null,
    ]
      .filter(Boolean)
      .join(' · ');
  }

  /** How its page asks at a linked moment, seconds. */
  rules(moment: number | null): PaneRules {
    const before = !this.plays && moment !== null && this.end !== null && moment < this.end;
    return {
      world: this.world,
      run: this.run,
      atNs: before ? secondsToNs(moment) : null,
      plays: this.plays,
    };
  }
  /** Said of a side that has ended by the linked moment. */
  ended(moment: number | null): string | null {
    return moment !== null && this.end !== null && moment > this.end + 0.5
      ? `ended at ${clock(this.end)}`
      : null;
  }
}

/** A stored run in the form a page knows the session in; totals and faults are those of the given status. */
export function asSession(
  side: SideFacts,
  moment: number | null,
  now: Pick<SessionState, 'totals' | 'faults' | 'parameters'>,
): SessionState | null {
  if (side.row === null || side.end === null) return null;
  return {
    ...now,
    world: side.row.world,
    worldId: side.row.id,
    revision: side.row.revision,
    seed: side.row.seed,
    state: 'paused',
    speed: 1,
    timeNs: secondsToNs(Math.min(moment ?? side.end, side.end)),
    endNs: side.row.durationNs,
    marks: [],
    warnings: [],
  };
}
