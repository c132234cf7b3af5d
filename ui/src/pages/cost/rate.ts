/** Cost in figures, and its one sentence. Money stays decimal text; figures only size bars. */
import type { CostRate } from '$lib/api/shapes';
import { moneyPerHour, percent, plural } from '$lib/format';
import { shortName } from '$lib/domain/figures';

/** An amount as a number: for the length of a bar and for sorting, never for adding up. */
export const size = (price: CostRate['perHour'] | null | undefined): number =>
  price ? Number(price.amount) : NaN;
export const idleShare = (rate: CostRate): number | null =>
  size(rate.perHour) > 0 ? size(rate.idle) / size(rate.perHour) : null;

export function sentence(rate: CostRate): string {
  const idle = idleShare(rate);
  const [most] = [...rate.services].sort((a, b) => size(b.perHour) - size(a.perHour));
  const parts = [
    `${moneyPerHour(rate.perHour)}${idle === null ? '' : `, of which ${moneyPerHour(rate.idle)} (${percent(idle)}) is idle`}`,
  ];
  if (most && size(most.perHour) > 0)
    parts.push(`${shortName(most.id)} costs most, ${moneyPerHour(most.perHour)}`);
  if (rate.unpriced.length)
    parts.push(
      `${plural(rate.unpriced.length, 'node')} ${rate.unpriced.length === 1 ? 'has' : 'have'} no price and ${rate.unpriced.length === 1 ? 'is' : 'are'} not counted`,
    );
  return `${parts.join('; ')}.`;
}
