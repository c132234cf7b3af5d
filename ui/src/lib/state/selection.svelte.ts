/**
 * What is selected, held in the address (`sel=kind:id`), and what pages show about it. A page registers
 * a snippet per kind; the inspector renders the one that fits.
 */
import { onDestroy, type Snippet } from 'svelte';
import { inspector } from './inspector.svelte';
import { route } from './route.svelte';

export type SelectionKind =
  'node' | 'pod' | 'service' | 'run' | 'bucket' | 'cell' | 'parameter' | 'fault' | 'event' | (string & {});
export interface Selected {
  kind: SelectionKind;
  id: string;
}

class Selection {
  #views = $state.raw<ReadonlyMap<string, Snippet<[Selected]>>>(new Map());
  /** Details a page hands along with the selection; not in the address. */
  data = $state.raw<unknown>(undefined);

  readonly current = $derived.by<Selected | null>(() => {
    const text = route.get('sel');
    const at = text?.indexOf(':') ?? -1;
    return text && at > 0 ? { kind: text.slice(0, at), id: text.slice(at + 1) } : null;
  });

  select(kind: SelectionKind, id: string, data?: unknown): void {
    this.data = data;
    route.set({ sel: `${kind}:${id}` });
    inspector.reveal();
  }
  clear(): void {
    this.data = undefined;
    route.set({ sel: null });
  }
  is(kind: SelectionKind, id: string): boolean {
    return this.current?.kind === kind && this.current.id === id;
  }
  view(kind: string): Snippet<[Selected]> | undefined {
    return this.#views.get(kind);
  }
  /** Adds a view; returns how to take it away. */
  add(kind: string, view: Snippet<[Selected]>): () => void {
    this.#views = new Map(this.#views).set(kind, view);
    return () => {
      if (this.#views.get(kind) !== view) return;
      const rest = new Map(this.#views);
      rest.delete(kind);
      this.#views = rest;
    };
  }
}

export const selection = new Selection();

/** Registers what the inspector shows for a kind, for as long as the calling component lives. */
export function inspect(kind: SelectionKind, view: Snippet<[Selected]>): void {
  onDestroy(selection.add(kind, view));
}
