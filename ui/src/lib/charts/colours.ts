/**
 * Which colour a service has. The first eight services of a world take the eight colour-blind-safe
 * tokens in name order; the rest share one. Once given, a colour stays, on every page and after a restart.
 */
import { recall, remember } from '../state/memory';

export const TOKENS = ['--s1', '--s2', '--s3', '--s4', '--s5', '--s6', '--s7', '--s8'] as const;
export const OTHER = '--other';

/** Adds unknown names to an assignment in name order; names already known keep their place. */
export function assign(known: readonly string[], names: readonly string[]): string[] {
  const fresh = [...new Set(names)].filter((n) => !known.includes(n)).sort();
  return [...known, ...fresh];
}

/** The token at a place in an assignment. */
export function tokenAt(index: number): string {
  return TOKENS[index] ?? OTHER;
}

const worlds = new Map<string, string[]>();
const of = (world: string) => {
  let known = worlds.get(world);
  if (!known) worlds.set(world, (known = recall<string[]>(`colours.${world}`, [])));
  return known;
};

/** Tells which services a world has, all at once, so that colours follow name order and not page order. */
export function learn(world: string, names: readonly string[]): void {
  const before = of(world);
  const after = assign(before, names);
  if (after.length === before.length) return;
  worlds.set(world, after);
  remember(`colours.${world}`, after);
}

/** CSS custom property of a service's colour; use it as `var(${serviceToken(…)})` or through `css()`. */
export function serviceToken(world: string, service: string): string {
  learn(world, [service]);
  return tokenAt(of(world).indexOf(service));
}
