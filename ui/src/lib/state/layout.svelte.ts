/** How the frame is arranged: rail, inspector and split panes; remembered. */
import { recall, remember } from './memory';

interface Saved {
  railWide: boolean;
  inspectorOpen: boolean;
  inspectorWidth: number;
  splits: Record<string, number>;
}
const DEFAULTS: Saved = { railWide: false, inspectorOpen: true, inspectorWidth: 320, splits: {} };
export const INSPECTOR_MIN = 240;
export const INSPECTOR_MAX = 560;

class Layout {
  #saved = $state<Saved>({ ...DEFAULTS, ...recall<Partial<Saved>>('layout', {}) });

  get railWide() {
    return this.#saved.railWide;
  }
  get inspectorOpen() {
    return this.#saved.inspectorOpen;
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
  showInspector(open: boolean): void {
    this.#saved.inspectorOpen = open;
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
