/** The desktop's door: operations are invoked by name; answers come in the same envelope as over HTTP. */
import { Channel as TauriChannel, invoke } from '@tauri-apps/api/core';
import { pane } from '../../state/pane';
import { ApiError, open } from '../error';
import type { Channel, Frame, Input, Resume, Transport } from './transport';

const INTERNALS = '__TAURI_INTERNALS__';
/**
 * Whether this is the desktop's window. The webview gives its door to the outermost page alone; a pane of the A|B mode
 * takes that of the window around it, which is of the same origin.
 */
export function findDesktop(): boolean {
  if (INTERNALS in window) return true;
  if (!pane || !(INTERNALS in window.parent)) return false;
  Object.defineProperty(window, INTERNALS, { value: Reflect.get(window.parent, INTERNALS) });
  return true;
}

/** Bytes that came through the window around are not of this page's own ArrayBuffer. */
const isBuffer = (answer: unknown): answer is ArrayBuffer =>
  Object.prototype.toString.call(answer) === '[object ArrayBuffer]';

async function ask(name: string, input: Input): Promise<unknown> {
  try {
    return await invoke(name, { input });
  } catch (cause) {
    // A command may reject with the envelope itself, or with text when it never reached the table.
    if (cause && typeof cause === 'object' && 'success' in cause) return cause;
    throw new ApiError('internal', `${name}: ${String(cause)}`, cause, 0, name);
  }
}

/** Tells the desktop when something of the page is on the screen, so that the way there can be timed from outside. */
export function tellFirstFrame(): void {
  if (pane || !(INTERNALS in window)) return;
  new PerformanceObserver((paints, observer) => {
    const [frame] = paints.getEntriesByName('first-contentful-paint');
    if (!frame) return;
    observer.disconnect();
    void invoke('window_drawn', { agoMs: Math.round(performance.now() - frame.startTime) });
  }).observe({ type: 'paint', buffered: true });
}

export class TauriTransport implements Transport {
  async call(name: string, input: Input): Promise<unknown> {
    return open(await ask(name, input), name);
  }

  async bytes(name: string, input: Input): Promise<ArrayBuffer> {
    const answer = await ask(name, input);
    if (isBuffer(answer)) return answer;
    if (ArrayBuffer.isView(answer)) return new Uint8Array(answer.buffer as ArrayBuffer).slice().buffer;
    if (Array.isArray(answer)) return Uint8Array.from(answer as number[]).buffer;
    open(answer, name);
    throw new ApiError('malformed', `${name} answered without bytes`, undefined, 0, name);
  }

  open(topics: string[], resume: Resume | null, onframe: (f: Frame) => void, onclose: () => void): Channel {
    const channel = new TauriChannel<Frame | string>();
    let live = true;
    channel.onmessage = (frame) => {
      if (live) onframe(typeof frame === 'string' ? (JSON.parse(frame) as Frame) : frame);
    };
    invoke('stream_subscribe', { channel, topics, resume }).catch(() => {
      if (live) onclose();
      live = false;
    });
    return {
      close() {
        live = false;
      },
    };
  }
}
