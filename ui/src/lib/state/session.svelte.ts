/** The playing session as the stream tells it, and the controls that change it. */
import { callByName, type OperationName } from '../api/client';
import { invalidate, queryClient } from '../api/queries';
import type { SessionState, Speed } from '../api/shapes';
import { stream, type StreamState } from '../api/stream';
import { nsToSeconds, secondsToNs } from '../format';
import { RUN_AWARE } from '../api/transport/pane';
import { pane, type PaneHost, type PaneView } from './pane';
import { toasts } from './toasts.svelte';

/** Scrubbing sends many moments; only the one it rests on is asked for. */
const REST_MS = 80;

/** Asks of the run again. A first answer still under way is of the moment before and must not be kept. */
async function askAnew(): Promise<void> {
  const ofRuns = {
    predicate: (q: { queryKey: readonly unknown[] }) => RUN_AWARE.some((n) => n === q.queryKey[0]),
  };
  await queryClient.cancelQueries(ofRuns);
  await queryClient.invalidateQueries(ofRuns);
}

class Session {
  /** The last state heard, or null before the first. */
  now = $state.raw<SessionState | null>(null);
  connection = $state<StreamState>('connecting');
  /** A control is under way. */
  busy = $state(false);

  readonly world = $derived(this.now && this.now.state !== 'empty' ? this.now.world : null);
  readonly revision = $derived(this.world === null ? null : (this.now?.revision ?? null));
  readonly playing = $derived(this.now?.state === 'playing');
  readonly empty = $derived(this.now?.state === 'empty');
  /** View cursor and furthest simulated moment, seconds of simulated time. */
  readonly time = $derived(this.empty ? null : nsToSeconds(this.now?.timeNs));
  readonly end = $derived(this.empty ? null : nsToSeconds(this.now?.endNs));
  /** Marks in the form charts take. */
  readonly marks = $derived(
    (this.now?.marks ?? []).map((m) => ({ at: nsToSeconds(m.atNs) ?? 0, label: m.label, kind: m.kind })),
  );
  readonly faults = $derived(this.now?.faults ?? []);

  /** Follows the stream; returns how to stop. Cached answers are dropped when the world changes. */
  begin(): () => void {
    if (pane) return this.#lent(pane);
    const stop = [
      stream.watch((state) => (this.connection = state)),
      stream.subscribe('session', (data) => {
        const before = this.now;
        this.now = data as SessionState;
        if (before && (before.worldId !== this.now.worldId || before.revision !== this.now.revision))
          void invalidate();
      }),
    ];
    return () => stop.forEach((end) => end());
  }

  /** In a pane: the session as the window around tells it for this side. Answers follow the instant of a run. */
  #lent(host: PaneHost): () => void {
    let rules = JSON.stringify(host.view().rules);
    let { turn } = host.view();
    let due: ReturnType<typeof setTimeout> | undefined;
    const take = (view: PaneView) => {
      const before = this.now;
      this.now = view.session;
      this.connection = 'live';
      const other =
        before && (before.worldId !== view.session?.worldId || before.revision !== view.session.revision);
      if (other || view.turn !== turn) void invalidate();
      turn = view.turn;
      const next = JSON.stringify(view.rules);
      if (next === rules) return;
      rules = next;
      clearTimeout(due);
      due = setTimeout(() => void askAnew(), REST_MS);
    };
    take(host.view());
    return host.watch(take);
  }

  async #do(doing: string, name: OperationName, input: Record<string, unknown> = {}): Promise<boolean> {
    this.busy = true;
    try {
      await callByName(name, input);
      return true;
    } catch (error) {
      toasts.fail(doing, error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  play = (speed?: Speed) => this.#do('play', 'session_play', speed === undefined ? {} : { speed });
  pause = () => this.#do('pause', 'session_pause');
  toggle = () => (this.playing ? this.pause() : this.play());
  step = () => this.#do('step', 'session_step');
  restart = (seed?: number) =>
    this.#do('restart the session', 'session_restart', seed === undefined ? {} : { seed });
  /** Moves the view cursor, to seconds of simulated time. */
  seek = (seconds: number) =>
    pane ? pane.seek(seconds) : this.#do('move in time', 'session_seek', { timeNs: secondsToNs(seconds) });
  heal = (fault?: string) => this.#do('heal', 'session_heal', fault === undefined ? {} : { fault });

  async undo(): Promise<void> {
    if (this.world && (await this.#do('undo', 'undo', { world: this.world }))) await invalidate();
  }
  async redo(): Promise<void> {
    if (this.world && (await this.#do('redo', 'redo', { world: this.world }))) await invalidate();
  }
  async select(world: string): Promise<void> {
    if (await this.#do(`open world ${world}`, 'select_world', { world })) await invalidate();
  }
  async sample(): Promise<void> {
    if (await this.#do('open the sample', 'open_sample')) await invalidate();
  }

  /** Tells of a change that can be undone, with the undo at hand. */
  changed(text: string): void {
    void invalidate();
    pane?.changed();
    toasts.show(text, { tone: 'ok', undo: () => this.undo() });
  }
}

export const session = new Session();
