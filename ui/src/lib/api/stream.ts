/**
 * The live stream: one channel for the whole window, shared by all subscribers. Holds each topic's last
 * value, applies deltas, and after a break reconnects with growing waits and resumes where it stood.
 */
import { transport } from './client';
import { mergePatch } from './patch';
import type { Channel, Frame, Resume, Transport } from './transport/transport';

export type StreamState = 'connecting' | 'live' | 'lost';
type Listener = (data: unknown, frame: Frame) => void;

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 10_000;
/** The door sends a heartbeat every few seconds; silence this long means the channel is dead. */
const SILENCE_MS = 20_000;

export class Stream {
  #listeners = new Map<string, Set<Listener>>();
  #values = new Map<string, unknown>();
  #watchers = new Set<(state: StreamState) => void>();
  #channel: Channel | null = null;
  #resume: Resume | null = null;
  #wait = FIRST_WAIT_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #run = 0;
  state: StreamState = 'connecting';
  /** When the door last said anything, epoch ms; null before the first word. */
  heard: number | null = null;

  constructor(private readonly door: Transport) {}

  /** Calls back with the whole value of a topic, now if it is known and on each change. */
  subscribe(topic: string, listener: Listener): () => void {
    let set = this.#listeners.get(topic);
    const fresh = !set;
    if (!set) this.#listeners.set(topic, (set = new Set()));
    set.add(listener);
    if (fresh) this.#restart();
    else if (this.#values.has(topic))
      listener(this.#values.get(topic), { topic, epoch: '', offset: 0, kind: 'snapshot', data: null });
    return () => {
      set.delete(listener);
      if (set.size === 0) {
        this.#listeners.delete(topic);
        this.#values.delete(topic);
      }
    };
  }

  /** Tells about the connection: now and whenever it changes. */
  watch(watcher: (state: StreamState) => void): () => void {
    this.#watchers.add(watcher);
    watcher(this.state);
    return () => this.#watchers.delete(watcher);
  }

  /** Connects again at once, e.g. after signing in. A new set of topics cannot resume. */
  restart(): void {
    this.#restart();
  }

  #restart(): void {
    this.#resume = null;
    this.#wait = FIRST_WAIT_MS;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), 0);
  }

  #set(state: StreamState): void {
    if (state === this.state) return;
    this.state = state;
    for (const watcher of this.#watchers) watcher(state);
  }

  #connect(): void {
    this.#channel?.close();
    const run = ++this.#run;
    const topics = [...this.#listeners.keys()];
    if (topics.length === 0) return;
    if (this.state !== 'lost') this.#set('connecting');
    const lost = () => {
      if (run === this.#run) this.#again();
    };
    try {
      this.#channel = this.door.open(topics, this.#resume, (f) => run === this.#run && this.#take(f), lost);
    } catch {
      lost();
    }
  }

  #again(): void {
    this.#run += 1;
    this.#channel?.close();
    this.#channel = null;
    clearTimeout(this.#silence);
    this.#set('lost');
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), this.#wait);
    this.#wait = Math.min(LONGEST_WAIT_MS, this.#wait * 2);
  }

  #take(frame: Frame): void {
    this.heard = Date.now();
    this.#set('live');
    this.#wait = FIRST_WAIT_MS;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#again(), SILENCE_MS);
    if (typeof frame.offset === 'number' && frame.epoch != null)
      this.#resume = { epoch: frame.epoch, offset: frame.offset };
    if (frame.kind === 'heartbeat') return;
    const before = this.#values.get(frame.topic);
    const value = frame.kind === 'delta' ? mergePatch(before, frame.data) : frame.data;
    this.#values.set(frame.topic, value);
    for (const listener of this.#listeners.get(frame.topic) ?? []) listener(value, frame);
  }
}

export const stream = new Stream(transport);
/** Calls back with the whole value of a topic on each change; returns how to stop. */
export const subscribe = (topic: string, listener: Listener) => stream.subscribe(topic, listener);
