/**
 * Where the window is, held in the address after "#" so that a view can be shared and reopened:
 * #/heatmaps?world=shop&run=r1&from=0&to=3600&sel=service:checkout
 */

import { pane } from './pane';

export interface Place {
  page: string;
  params: Readonly<Record<string, string>>;
}

export const HOME = 'overview';

/** Reads an address' hash; an empty one is the home page. */
export function parse(hash: string): Place {
  const text = hash.replace(/^#\/?/, '');
  const at = text.indexOf('?');
  const page = decodeURIComponent(at < 0 ? text : text.slice(0, at)).replace(/\/+$/, '') || HOME;
  const params = Object.fromEntries(new URLSearchParams(at < 0 ? '' : text.slice(at + 1)));
  return { page, params };
}

/** Writes a place as a hash; empty parameters are left out and the rest sorted, so equal places are equal text. */
export function format(place: Place): string {
  const entries = Object.entries(place.params)
    .filter(([, value]) => value !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const query = new URLSearchParams(entries).toString().replaceAll('%3A', ':').replaceAll('%2F', '/');
  return `#/${encodeURIComponent(place.page)}${query ? `?${query}` : ''}`;
}

type Changes = Record<string, string | number | null | undefined>;
/** Parameters that follow from page to page: they say what is looked at, not how. */
const CARRIED = ['world', 'run', 'versus', 't', 'from', 'to', 'sel'];

class Route {
  #place = $state.raw<Place>(parse(typeof location === 'undefined' ? '' : location.hash));

  constructor() {
    if (typeof window === 'undefined') return;
    if (pane) {
      // The window around has the address of both sides; a pane has none of its own.
      this.#place = pane.view().place;
      pane.watch(({ place }) => {
        if (format(place) !== format(this.#place)) this.#place = place;
      });
      return;
    }
    window.addEventListener('hashchange', () => (this.#place = parse(location.hash)));
  }

  /** The whole place. Reactive. */
  get place(): Place {
    return this.#place;
  }

  /** Goes to a place as it stands, with nothing carried along. */
  put(place: Place, push = true): void {
    this.#to(place, push);
  }

  get page(): string {
    return this.#place.page;
  }

  /** A parameter, or undefined. Reactive. */
  get(name: string): string | undefined {
    return this.#place.params[name];
  }

  number(name: string): number | undefined {
    const value = this.get(name);
    return value === undefined || value === '' || !Number.isFinite(Number(value)) ? undefined : Number(value);
  }

  /** Changes parameters of this page; null removes one. `push` makes a step to go back to. */
  set(changes: Changes, push = false): void {
    const params: Record<string, string> = { ...this.#place.params };
    for (const [key, value] of Object.entries(changes)) {
      if (value === null || value === undefined || value === '') delete params[key];
      else params[key] = String(value);
    }
    this.#to({ page: this.page, params }, push);
  }

  /** Goes to a page, keeping what is looked at. */
  go(page: string, changes: Changes = {}): void {
    const params: Record<string, string> = {};
    for (const key of CARRIED)
      if (this.#place.params[key] !== undefined) params[key] = this.#place.params[key];
    for (const [key, value] of Object.entries(changes)) {
      if (value === null || value === undefined) delete params[key];
      else params[key] = String(value);
    }
    this.#to({ page, params }, true);
  }

  /** The address of a page, for a link. */
  href(page: string, changes: Record<string, string> = {}): string {
    const params: Record<string, string> = {};
    for (const key of CARRIED)
      if (this.#place.params[key] !== undefined) params[key] = this.#place.params[key];
    return format({ page, params: { ...params, ...changes } });
  }

  back(): void {
    history.back();
  }

  forward(): void {
    history.forward();
  }

  #to(place: Place, push: boolean): void {
    if (pane) {
      if (format(place) !== format(this.#place)) pane.go(place, push);
      return;
    }
    const hash = format(place);
    if (hash === location.hash) return;
    if (push) history.pushState(null, '', hash);
    else history.replaceState(null, '', hash);
    this.#place = place;
  }
}

export const route = new Route();
if (typeof window !== 'undefined')
  window.addEventListener('popstate', () => window.dispatchEvent(new HashChangeEvent('hashchange')));
