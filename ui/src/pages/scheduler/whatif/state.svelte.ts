/**
 * The changes that are tried on the scheduler page: edited by forms and as text, with steps to go back, and what they
 * come to. A preview is asked once the changes rest; an answer to older changes is dropped.
 */
import { call } from '$lib/api/client';
import type { TextFault } from '$lib/code/faults';
import { faultsOfAll, tidy, type Fault, type Known } from './changes';
import type { Change, Report } from './shapes';
import { fromText, toText, type Form } from './text';

/** Typing goes on within this time, ms. */
const REST_MS = 300;
const STEPS = 100;

export class WhatIf {
  #changes = $state.raw<readonly Change[]>([]);
  /** Text as it is typed, while it is not what the changes would be written as. */
  #typed = $state.raw<{ text: string; form: Form } | null>(null);
  #back: (readonly Change[])[] = [];
  #forth: (readonly Change[])[] = [];
  #steps = $state({ back: 0, forth: 0 });
  /** The field edited last: its next keys are the same step. */
  #field: string | null = null;
  form = $state<Form>('yaml');
  /** The change whose form is open. */
  open = $state<number | null>(null);
  known = $state.raw<Known>({ nodes: null, zones: null, pools: null, workloads: null });
  /** Texts of changes the address got from here: only another is taken from it. */
  readonly written = new Set<string>();
  report = $state.raw<Report | null>(null);
  error = $state.raw<unknown>(null);
  busy = $state(false);
  /** World and revision the changes are tried on. */
  #of: string | null = null;
  #turn = 0;
  #asking = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  readonly faults = $derived<Fault[]>(faultsOfAll(this.#changes, this.known));
  readonly text = $derived(
    this.#typed?.form === this.form ? this.#typed.text : toText(this.#changes, this.form),
  );
  readonly textFaults = $derived<TextFault[]>(fromText(this.text, this.known).faults);
  readonly ready = $derived(
    this.#changes.length > 0 && this.faults.length === 0 && this.textFaults.length === 0,
  );
  readonly canUndo = $derived(this.#steps.back > 0);
  readonly canRedo = $derived(this.#steps.forth > 0);

  get changes(): readonly Change[] {
    return this.#changes;
  }
  /** What operations take: without the fields that say nothing. */
  get input(): Change[] {
    return this.#changes.map(tidy);
  }

  /** Takes other changes; a step to go back to, unless told otherwise. */
  set(changes: readonly Change[], step = true, field: string | null = null): void {
    const same = field !== null && field === this.#field;
    this.#field = field;
    if (step && !same) {
      this.#back = [...this.#back.slice(-STEPS), this.#changes];
      this.#forth = [];
      this.#count();
    }
    this.#changes = changes;
    this.#typed = null;
    this.#preview();
  }
  add(change: Change): void {
    this.set([...this.#changes, change]);
    this.open = this.#changes.length - 1;
  }
  replace(at: number, change: Change, field: string | null = null): void {
    this.set(
      this.#changes.map((c, i) => (i === at ? change : c)),
      true,
      field,
    );
  }
  remove(at: number): void {
    this.set(this.#changes.filter((_, i) => i !== at));
    this.open = this.open === at ? null : this.open !== null && this.open > at ? this.open - 1 : this.open;
  }
  move(at: number, by: number): void {
    const to = at + by;
    if (to < 0 || to >= this.#changes.length) return;
    const next = [...this.#changes];
    next.splice(to, 0, ...next.splice(at, 1));
    this.set(next);
    if (this.open === at) this.open = to;
  }
  undo(): void {
    const before = this.#back.pop();
    if (!before) return;
    this.#forth.push(this.#changes);
    this.#count();
    this.set(before, false);
  }
  redo(): void {
    const after = this.#forth.pop();
    if (!after) return;
    this.#back.push(this.#changes);
    this.#count();
    this.set(after, false);
  }
  #count(): void {
    this.#steps = { back: this.#back.length, forth: this.#forth.length };
  }

  /** Text was typed: where it reads as changes, they are taken; the text stays as it is typed. */
  type(text: string): void {
    const read = fromText(text, this.known);
    if (read.changes && JSON.stringify(read.changes.map(tidy)) !== JSON.stringify(this.input))
      this.set(read.changes, true, 'text');
    this.#typed = { text, form: this.form };
    if (!read.changes) this.#drop();
    else this.#preview();
  }
  /** The text as the changes would be written. */
  tidyText(): void {
    this.#typed = null;
  }

  /** Which world and revision is the current one: another is asked again. */
  on(world: string): void {
    if (world === this.#of) return;
    this.#of = world;
    this.#preview();
  }
  /** Asks again at once. */
  again(): void {
    this.#preview(0);
  }

  #drop(): void {
    clearTimeout(this.#timer);
    this.#turn += 1;
    this.busy = this.#asking;
  }
  #preview(rest = REST_MS): void {
    this.#drop();
    this.#timer = setTimeout(() => void this.#ask(), rest);
  }
  async #ask(): Promise<void> {
    if (!this.ready) {
      this.error = null;
      if (this.#changes.length === 0) this.report = null;
      return;
    }
    // One question at a time: the newest waits for the one under way, those between are never asked.
    if (this.#asking) return;
    const turn = this.#turn;
    this.#asking = true;
    this.busy = true;
    try {
      const report = await call('scheduler_what_if', { changes: this.input as never });
      if (turn === this.#turn) {
        this.report = report;
        this.error = null;
      }
    } catch (error) {
      if (turn === this.#turn) this.error = error;
    } finally {
      this.#asking = false;
      this.busy = false;
      if (turn !== this.#turn) void this.#ask();
    }
  }
}

/** One for the window: what is tried stays while other pages are looked at. */
export const whatIf = new WhatIf();
