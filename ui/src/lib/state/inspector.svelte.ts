/** Whether the inspector stands: as long as something is selected that the page knows, or always where the user has chosen that. */
import { layout } from './layout.svelte';
import { route } from './route.svelte';

class Inspector {
  /** The selection the user has closed it over; the next selection shows it again. */
  #closedOver = $state<string | null>(null);
  /** Whether the page has anything to say about what is selected. */
  known = $state(true);

  readonly open = $derived.by(() => {
    const selected = route.get('sel');
    return layout.inspectorKept || (this.known && selected !== undefined && selected !== this.#closedOver);
  });

  /** The user's own choice. Opened over nothing to show it stays open; closed it stays so until the next selection. */
  show(open: boolean): void {
    const selected = route.get('sel') ?? null;
    this.#closedOver = open ? null : selected;
    if (!open || selected === null || !this.known) layout.keepInspector(open);
  }
  toggle(): void {
    this.show(!this.open);
  }
  /** Something was selected, perhaps the very thing it was closed over. */
  reveal(): void {
    this.#closedOver = null;
  }
}

export const inspector = new Inspector();
