/** The run that is under way; it lives on while other pages are shown. */
import { call, type InputOf } from '$lib/api/client';
import { invalidate } from '$lib/api/queries';
import type { RunRow } from '$lib/api/shapes';
import { session } from '$lib/state/session.svelte';
import { toasts } from '$lib/state/toasts.svelte';
import { Work } from '$lib/state/work.svelte';
import { nameOf } from './runs';

class Runner extends Work {
  label = $state('');
  /** Grows with every change of the list of runs. */
  turn = $state(0);

  async start(input: InputOf<'run'>, label: string): Promise<void> {
    this.label = label;
    const run = await this.run('run', input, () => toasts.show('Run cancelled'));
    if (run) toasts.show(`Run ${nameOf(run)} is done`, { tone: 'ok' });
    this.changed();
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

export const runner = new Runner('the run');
