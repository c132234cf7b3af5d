/** Long lists, one page after the other: the first when the question changes, the next when asked for. */
import { untrack } from 'svelte';
import { call, type InputOf, type OperationName, type ResultOf } from './client';
import { nextOf } from './error';

/** A row of the list an operation answers. */
type RowOf<N extends OperationName> = ResultOf<N> extends readonly (infer R)[] ? R : never;

/** What a page reads from a paged list; reactive. */
export class Paged<N extends OperationName> {
  rows = $state.raw<readonly RowOf<N>[]>([]);
  /** Where the next page begins; null when all rows are here. */
  next = $state<string | null>(null);
  error = $state.raw<unknown>(undefined);
  loading = $state(true);
  /** True until the first page of the first question has come. */
  fresh = $state(true);
  #turn = 0;

  constructor(
    private readonly name: N,
    private readonly input: () => InputOf<N>,
  ) {}

  /** Asks for the first page again. */
  reload = (): Promise<void> => this.#ask(null);
  /** Asks for the next page, if there is one. */
  more = (): Promise<void> => (this.next === null || this.loading ? Promise.resolve() : this.#ask(this.next));

  async #ask(cursor: string | null): Promise<void> {
    const turn = ++this.#turn;
    this.loading = true;
    try {
      const input = { ...this.input(), ...(cursor === null ? {} : { cursor }) };
      const page = (await call(this.name, input)) as RowOf<N>[];
      if (turn !== this.#turn) return;
      this.rows = cursor === null ? page : [...this.rows, ...page];
      this.next = nextOf(page);
      this.error = undefined;
      this.fresh = false;
    } catch (error) {
      if (turn === this.#turn) this.error = error;
    } finally {
      if (turn === this.#turn) this.loading = false;
    }
  }
}

/** A paged list that starts over whenever its question changes. Call it while a component initialises. */
export function usePages<N extends OperationName>(
  name: N,
  input: () => InputOf<N>,
  enabled: () => boolean = () => true,
): Paged<N> {
  const paged = new Paged<N>(name, () => untrack(input));
  let asked: string | null = null;
  $effect(() => {
    if (!enabled()) return;
    const question = JSON.stringify(input());
    if (question === asked) return;
    asked = question;
    untrack(() => void paged.reload());
  });
  return paged;
}
