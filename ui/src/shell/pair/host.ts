/** What one pane is lent by this window: its view of the side, and an ear for what happens in it. */
import { invalidate } from '$lib/api/queries';
import { shell } from '$lib/state/commands.svelte';
import { keys } from '$lib/state/keys.svelte';
import type { PaneHost, PaneSide, PaneToast, PaneView } from '$lib/state/pane';
import { route, type Place } from '$lib/state/route.svelte';
import { toasts } from '$lib/state/toasts.svelte';
import { placeFrom } from './address';
import { link } from './link.svelte';

export class Host implements PaneHost {
  #view: PaneView;
  readonly #listeners = new Set<(view: PaneView) => void>();

  constructor(
    readonly side: PaneSide,
    first: PaneView,
    /** Tells the other side that something was changed from here. */
    private readonly tell: () => void,
  ) {
    this.#view = first;
  }

  /** Another view of the side; the pane hears of it. */
  lend(view: PaneView): void {
    this.#view = view;
    for (const listener of this.#listeners) listener(view);
  }
  view(): PaneView {
    return this.#view;
  }
  watch(listener: (view: PaneView) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  go(place: Place, push: boolean): void {
    if (!link.pair) return;
    route.put(placeFrom(route.place, link.pair, this.side, this.#view.rules.run, place), push);
  }
  seek(seconds: number): Promise<boolean> {
    return link.seek(seconds);
  }
  hover(time: number | null): void {
    link.hover = time === null ? null : { side: this.side, time };
  }
  key(event: KeyboardEvent): boolean {
    return keys.press(event);
  }
  open(dialog: 'palette' | 'help' | 'import', dropped: readonly { path: string; file: File }[] = []): void {
    if (dialog === 'palette') shell.palette = true;
    else if (dialog === 'help') shell.help = true;
    else {
      shell.dropped = [...shell.dropped, ...dropped];
      shell.importing = true;
    }
  }
  toast(text: string, options: PaneToast): number {
    return toasts.show(text, options);
  }
  changed(): void {
    void invalidate();
    this.tell();
  }
}
