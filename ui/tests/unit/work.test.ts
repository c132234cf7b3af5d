/** A job that is waited for: it is cancelled, also by who asks before it is known which job it is. */
import { expect, test, vi } from 'vitest';
import { ApiError } from '$lib/api/error';
import type { JobProgress } from '$lib/api/jobs';
import { Work } from '$lib/state/work.svelte';

const jobs = vi.hoisted(() => ({ runJob: vi.fn(), cancelJob: vi.fn() }));
vi.mock('$lib/api/jobs', () => jobs);

test.each(['before', 'after'] as const)('cancelled %s its first word', async (when) => {
  jobs.cancelJob.mockReset().mockResolvedValue({});
  let say!: (p: JobProgress) => void;
  let end!: (error: unknown) => void;
  jobs.runJob.mockImplementation((_name, _input, onprogress: (p: JobProgress) => void) => {
    say = onprogress;
    return new Promise((_, failed) => (end = failed));
  });
  const work = new Work('the plays');
  let cancelled = 0;
  const done = work.run('scheduler_landings', {} as never, () => (cancelled += 1));
  if (when === 'before') await work.cancel();
  expect(jobs.cancelJob).not.toHaveBeenCalled();
  say({ id: 'j1', done: 0.1, note: '' });
  if (when === 'after') await work.cancel();
  say({ id: 'j1', done: 0.2, note: '' });
  expect(jobs.cancelJob.mock.calls).toEqual([['j1']]);
  end(new ApiError('cancelled', 'cancelled'));
  expect(await done).toBeUndefined();
  expect([cancelled, work.busy, work.failure]).toEqual([1, false, undefined]);
});
