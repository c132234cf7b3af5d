/** Longer work: an operation that answers with a job is followed to its end, telling where it stands. */
import { ApiError, call } from './client';
import type { Job } from './shapes';
import type { Input } from './transport/transport';

export interface JobProgress {
  id: string;
  done: number | null;
  note?: string | undefined;
}

/** Next question to the job table; waits grow to a second so that short jobs end at once. */
const WAITS_MS = [60, 120, 250, 500, 1000];
const pause = (ms: number) => new Promise((go) => setTimeout(go, ms));

/** The id of the job an answer stands for, or null when the answer is final. */
export function jobOf(data: unknown): string | null {
  if (typeof data !== 'object' || data === null || !('job' in data)) return null;
  const job = (data as { job: unknown }).job;
  if (typeof job === 'string') return job;
  if (typeof job === 'object' && job !== null && 'id' in job) return String((job as { id: unknown }).id);
  return null;
}

/** Runs an operation; if it starts a job, follows it and resolves to the job's result. */
export async function runJob<T>(
  name: string,
  input: Input,
  onprogress?: (p: JobProgress) => void,
): Promise<T> {
  const first = await call<unknown>(name, input);
  const id = jobOf(first);
  if (id === null) return first as T;
  for (let turn = 0; ; turn += 1) {
    const job = await call<Job>('job', { job: id });
    if (job.state === 'done') return job.result as T;
    if (job.state === 'cancelled')
      throw new ApiError('cancelled', `${name} was cancelled`, undefined, 0, name);
    if (job.state === 'failed') {
      const e = job.error;
      if (typeof e === 'object' && e !== null)
        throw new ApiError(
          e.code ?? 'internal',
          e.message ?? e.error ?? `${name} failed`,
          e.details,
          0,
          name,
        );
      throw new ApiError('internal', e ?? `${name} failed`, undefined, 0, name);
    }
    onprogress?.({ id, done: job.progress ?? null, note: job.note ?? undefined });
    await pause(WAITS_MS[Math.min(turn, WAITS_MS.length - 1)] ?? 1000);
  }
}

export const cancelJob = (id: string) => call<unknown>('cancel_job', { job: id });
