/** The A|B mode of this window: which two are shown, the moment both are at, and how to come and go. */
import type { PaneSide } from '$lib/state/pane';
import { route } from '$lib/state/route.svelte';
import { session } from '$lib/state/session.svelte';
import { alone, first, paired, pairOf, swapped, type Pair, type Side } from './address';
import type { SideFacts } from './side.svelte';

/** Stored runs are sampled every 10 s; that is also how far one step goes. */
const STEP_S = 10;
const PLAY_MS = 1_000;

class Link {
  readonly pair = $derived<Pair | null>(pairOf(route.place.params));
  /** Filled by the mode itself while it stands. */
  facts = $state.raw<{ a: SideFacts; b: SideFacts } | null>(null);
  /** The moment the pointer is at in a pane, and which. */
  hover = $state.raw<{ side: PaneSide; time: number } | null>(null);
  /** Both sides are stored runs and time moves over them. */
  playing = $state(false);
  #timer: ReturnType<typeof setInterval> | undefined;

  get on(): boolean {
    return this.pair !== null;
  }
  /** Neither side plays: time is the window's own. */
  readonly stored = $derived(this.facts !== null && !this.facts.a.plays && !this.facts.b.plays);
  readonly end = $derived.by<number | null>(() => {
    if (this.facts === null) return null;
    if (!this.stored) return session.end;
    const ends = [this.facts.a.end, this.facts.b.end].filter((e) => e !== null);
    return ends.length ? Math.max(...ends) : null;
  });
  /** The linked moment, seconds: the session's cursor where one side plays. */
  readonly moment = $derived.by<number | null>(() => {
    if (!this.stored) {
      // A run beside a playing session moves by whole intervals, or each frame would ask anew.
      const t = session.time;
      return t !== null && session.playing ? Math.floor(t / STEP_S) * STEP_S : t;
    }
    return this.end === null ? null : Math.max(0, Math.min(this.end, route.number('t') ?? this.end));
  });
  /** Marks of both on one axis; what happened to one only says to which. */
  readonly marks = $derived.by(() => {
    if (this.facts === null) return [];
    const { a, b } = this.facts;
    const key = (m: { at: number; label: string }) => `${m.at.toFixed(1)} ${m.label}`;
    const [inA, inB] = [new Set(a.marks.map(key)), new Set(b.marks.map(key))];
    return [
      ...a.marks.map((m) => (inB.has(key(m)) ? m : { ...m, label: `A ${m.label}` })),
      ...b.marks.filter((m) => !inA.has(key(m))).map((m) => ({ ...m, label: `B ${m.label}` })),
    ].sort((x, y) => x.at - y.at);
  });

  #put(params: Record<string, string>, push = true): void {
    route.put({ page: route.page, params }, push);
  }
  /** Shows a side beside what is shown now, or in place of A or B. */
  choose(which: PaneSide, side: Side): void {
    const now = this.pair;
    const next: Pair =
      which === 'A'
        ? { a: side, b: now?.b ?? first(route.place.params) }
        : { a: now?.a ?? first(route.place.params), b: side };
    this.#put(paired(route.place.params, next));
  }
  swap(): void {
    if (this.pair) this.#put(paired(route.place.params, swapped(this.pair)), false);
  }
  leave(): void {
    this.stop();
    if (this.on) this.#put(alone(route.place.params));
  }

  /** Moves both to a moment, seconds. */
  seek = async (to: number): Promise<boolean> => {
    if (!this.stored) return session.seek(to);
    if (this.end === null) return false;
    const at = Math.round(Math.max(0, Math.min(this.end, to)));
    route.set({ t: at >= this.end ? null : at });
    return true;
  };
  step(by = STEP_S): void {
    if (this.moment !== null) void this.seek(this.moment + by);
  }
  /** Lets time move over two stored runs, ten simulated seconds a second. */
  toggle(): void {
    if (this.playing) return this.stop();
    if (this.moment !== null && this.moment === this.end) void this.seek(0);
    this.playing = true;
    this.#timer = setInterval(() => {
      this.step();
      if (!this.stored || this.moment === this.end) this.stop();
    }, PLAY_MS);
  }
  stop(): void {
    this.playing = false;
    clearInterval(this.#timer);
  }
}

export const link = new Link();
