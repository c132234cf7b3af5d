/** How the pods of each service look on the board: their colour, and which of them a filter fades. */
import { serviceToken } from '$lib/charts';

/** Colour tokens by service; a pod of no service has the empty name. */
export function tokensOf(world: string, services: readonly string[]): Map<string, string> {
  return new Map([['', '--other'], ...services.map((s) => [s, serviceToken(world, s)] as const)]);
}

/** The services a filter does not pick out, found once for all their pods. */
export function fadedBy(only: string, services: Iterable<string>): string[] {
  return only === '' ? [] : [...services].filter((s) => !s.toLowerCase().includes(only));
}
