/** The run that is under way; it lives on while other pages are shown. */
import { ApiError, call, type InputOf } from '$lib/api/client';
import { cancelJob, runJob, type JobProgress } from '$lib/api/jobs';
import { invalidate } from '$lib/api/queries';
import type { RunRow } from '$lib/api/shapes';
import { session } from '$lib/state/session.svelte';
import { toasts } from '$lib/state/toasts.svelte';
import { nameOf } from './runs';

class Runner {
  busy = $state(false);
  label = $state('');
  progress = $state.raw<JobProgress | null>(null);
  failure = $state.raw<unknown>(undefined);
  /** Grows with every change of the list of runs. */
  turn = $state(0);

  async start(input: InputOf<'run'>, label: string): Promise<void> {
    this.busy = true;
    this.label = label;
    this.progress = null;
    this.failure = undefined;
    try {
      const run = await runJob('run', input, (p) => (this.progress = p));
      toasts.show(`Run ${nameOf(run)} is done`, { tone: 'ok' });
    } catch (error) {
      if (error instanceof ApiError && error.code === 'cancelled') toasts.show('Run cancelled');
      else this.failure = error;
    } finally {
      this.busy = false;
      this.progress = null;
      this.changed();
    }
  }

  async cancel(): Promise<void> {
    const id = this.progress?.id;
    if (id === undefined) return;
    try {
      await cancelJob(id);
    } catch (error) {
      toasts.fail('cancel the run', error);
    }
  }

  /** Moves a run to the bin; the toast takes it back out. */
  async remove(run: RunRow): Promise<void> {
    try {
      const { binned } = await call('delete_run', { run: run.id });
      this.changed();
      toasts.show(`Run ${nameOf(run)} is in the bin`, {
        tone: 'ok',
        undo: async () => {
          try {
            await call('restore', { id: binned });
            this.changed();
          } catch (error) {
            toasts.fail(`restore run ${nameOf(run)}`, error);
          }
        },
      });
    } catch (error) {
      toasts.fail(`delete run ${nameOf(run)}`, error);
    }
  }

  changed(): void {
    this.turn += 1;
    void invalidate('runs', 'run_result', 'compare_runs', 'bin');
  }

  /** What a new run is of. */
  get world(): string {
    return session.world ?? 'current';
  }
}

export const runner = new Runner();
