/** How the frame is arranged: rail, inspector and split panes; remembered. */
import { onRemembered, recall, remember } from './memory';

interface Saved {
  railWide: boolean;
  /** The inspector stands with nothing selected too. */
  inspectorKept: boolean;
  inspectorWidth: number;
  splits: Record<string, number>;
}
const DEFAULTS: Saved = { railWide: false, inspectorKept: false, inspectorWidth: 320, splits: {} };
export const INSPECTOR_MIN = 240;
export const INSPECTOR_MAX = 560;

class Layout {
  #saved = $state<Saved>({ ...DEFAULTS, ...recall<Partial<Saved>>('layout', {}) });

  constructor() {
    // Panes of the A|B mode and other tabs arrange the same frame.
    onRemembered('layout', (saved) => (this.#saved = { ...DEFAULTS, ...(saved as Partial<Saved>) }));
  }

  get railWide() {
    return this.#saved.railWide;
  }
  get inspectorKept() {
    return this.#saved.inspectorKept;
  }
  get inspectorWidth() {
    return this.#saved.inspectorWidth;
  }
  get splits(): Readonly<Record<string, number>> {
    return this.#saved.splits;
  }

  toggleRail(): void {
    this.#saved.railWide = !this.#saved.railWide;
    this.#keep();
  }
  keepInspector(kept: boolean): void {
    this.#saved.inspectorKept = kept;
    this.#keep();
  }
  widenInspector(width: number): void {
    this.#saved.inspectorWidth = Math.round(Math.min(INSPECTOR_MAX, Math.max(INSPECTOR_MIN, width)));
    this.#keep();
  }
  split(name: string, share: number): void {
    this.#saved.splits[name] = Math.round(share * 1000) / 1000;
    this.#keep();
  }
  #keep(): void {
    remember('layout', $state.snapshot(this.#saved));
  }
}

export const layout = new Layout();
