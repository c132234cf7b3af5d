/** A job that a part of the window waits for: how far it is, why it failed, and its cancel. */
import { ApiError, type InputOf, type OperationName, type ResultOf } from '../api/client';
import { cancelJob, runJob, type JobProgress } from '../api/jobs';
import { toasts } from './toasts.svelte';

export class Work {
  busy = $state(false);
  progress = $state.raw<JobProgress | null>(null);
  failure = $state.raw<unknown>(undefined);
  readonly #what: string;
  /** Whether it was cancelled before it was known as which job it runs. */
  #unwanted = false;

  /** `what` completes "cancel …": "the run". */
  constructor(what: string) {
    this.#what = what;
  }

  /** Runs an operation to its end; undefined where it failed, which `failure` tells, or was cancelled. */
  async run<N extends OperationName>(
    name: N,
    input: InputOf<N>,
    oncancelled?: () => void,
  ): Promise<ResultOf<N> | undefined> {
    this.busy = true;
    this.progress = null;
    this.failure = undefined;
    this.#unwanted = false;
    try {
      return await runJob(name, input, (p) => {
        this.progress = p;
        if (this.#unwanted) void this.cancel();
      });
    } catch (error) {
      if (error instanceof ApiError && error.code === 'cancelled') oncancelled?.();
      else this.failure = error;
      return undefined;
    } finally {
      this.busy = false;
      this.progress = null;
    }
  }

  async cancel(): Promise<void> {
    this.#unwanted = !this.progress;
    if (!this.progress) return;
    try {
      await cancelJob(this.progress.id);
    } catch (error) {
      toasts.fail(`cancel ${this.#what}`, error);
    }
  }
}
