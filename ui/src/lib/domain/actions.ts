/** What a page may do to the playing session. Done at once; the toast carries the way back. */
import { call } from '../api/client';
import { invalidate } from '../api/queries';
import { plural } from '../format';
import { session } from '../state/session.svelte';
import { toasts } from '../state/toasts.svelte';
import { shortName } from './figures';

async function act(doing: string, text: string, work: () => Promise<(() => unknown) | undefined>) {
  try {
    const undo = await work();
    toasts.show(text, { tone: 'ok', undo });
    void invalidate();
  } catch (error) {
    toasts.fail(doing, error);
  }
}

function kill(target: { node: string } | { pod: string }, what: string) {
  return act(`kill ${what}`, `Killed ${what}`, async () => {
    const { fault } = await call('session_kill', target);
    return async () => {
      if (await session.heal(fault)) void invalidate();
    };
  });
}
export const killNode = (node: string) => kill({ node }, `node ${node}`);
export const killPod = (pod: string) => kill({ pod }, `pod ${shortName(pod)}`);

export function scaleService(service: string, from: number, to: number): Promise<void> {
  const name = shortName(service);
  return act(`scale ${name}`, `Scaled ${name} from ${from} to ${plural(to, 'replica')}`, async () => {
    await call('session_scale', { service, replicas: to });
    return () => scaleService(service, to, from);
  });
}
