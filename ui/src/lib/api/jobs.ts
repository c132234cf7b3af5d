/** Longer work: an operation that answers with a job is followed to its end, telling where it stands. */
import {
  ApiError,
  call,
  callByName,
  type Input,
  type InputOf,
  type OperationName,
  type ResultOf,
} from './client';

export interface JobProgress {
  id: string;
  done: number | null;
  note: string;
}

/** Next question to the job table; waits grow to a second so that short jobs end at once. */
const WAITS_MS = [60, 120, 250, 500, 1000];
const pause = (ms: number) => new Promise((go) => setTimeout(go, ms));

/** The id of the job an answer stands for, or null when the answer is final. */
export function jobOf(data: unknown): string | null {
  const job = typeof data === 'object' && data !== null && 'job' in data ? data.job : null;
  return typeof job === 'string' ? job : null;
}

/** Runs an operation; if it starts a job, follows it and resolves to the job's result. */
export const runJob = <N extends OperationName>(
  name: N,
  input: InputOf<N>,
  onprogress?: (p: JobProgress) => void,
) => runJobByName(name, input, onprogress) as Promise<ResultOf<N>>;

/** Same as {@link runJob} for an operation whose name is known only as the window runs. */
export async function runJobByName(
  name: string,
  input: Input,
  onprogress?: (p: JobProgress) => void,
): Promise<unknown> {
  const first = await callByName(name, input);
  const id = jobOf(first);
  if (id === null) return first;
  for (let turn = 0; ; turn += 1) {
    const job = await call('job', { job: id });
    if (job.state === 'done') return job.result;
    if (job.state === 'cancelled')
      throw new ApiError('cancelled', `${name} was cancelled`, undefined, 0, name);
    if (job.state === 'failed') {
      const e = job.error;
      throw new ApiError(e?.code ?? 'internal', e?.error ?? `${name} failed`, e?.details, 0, name);
    }
    onprogress?.({ id, done: job.progress ?? null, note: job.note });
    await pause(WAITS_MS[Math.min(turn, WAITS_MS.length - 1)] ?? 1000);
  }
}

export const cancelJob = (id: string) => call('cancel_job', { job: id });
