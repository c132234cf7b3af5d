import { describe, expect, test } from 'vitest';
import { assign, tokenAt } from '$lib/charts/colours';
import { linearTicks, logTicks, RAMP_PIXELS, ramp, roundUp, shareOf, timeTicks } from '$lib/charts/scale';

describe('ramp', () => {
  test('runs from the dark end to the bright one', () => {
    expect(ramp(0)).toBe('rgb(68,1,84)');
    expect(ramp(1)).toBe('rgb(253,231,37)');
    expect(ramp(7)).toBe(ramp(1));
  });
  test('gets brighter at every step, so that more is never darker', () => {
    const light = [...RAMP_PIXELS].map(
      (p) => 0.2126 * (p & 255) + 0.7152 * ((p >> 8) & 255) + 0.0722 * ((p >> 16) & 255),
    );
    for (let i = 1; i < light.length; i += 1) expect(light[i]!).toBeGreaterThanOrEqual(light[i - 1]! - 0.6);
  });
  test.each([
    [0, 10, 'linear', 0],
    [5, 10, 'linear', 0.5],
    [20, 10, 'linear', 1],
    [25, 100, 'sqrt', 0.5],
    [5, 0, 'linear', 0],
  ] as const)('value %f of %f on a %s scale takes %f', (v, max, kind, share) => {
    expect(shareOf(v, max, kind)).toBeCloseTo(share);
  });
});

describe('ticks', () => {
  test.each([
    [0.87, 1],
    [1.21, 1.5],
    [1.6, 2],
    [330, 400],
    [0, 1],
  ])('%f rounds up to %f', (v, to) => expect(roundUp(v)).toBeCloseTo(to));
  test('linear', () => expect(linearTicks(0, 100, 5)).toEqual([0, 20, 40, 60, 80, 100]));
  test('logarithmic', () => expect(logTicks(10, 1000)).toEqual([10, 20, 50, 100, 200, 500, 1000]));
  test('logarithmic of nothing positive is empty', () => expect(logTicks(0, 10)).toEqual([]));
  test('time falls on round minutes', () =>
    expect(timeTicks(100, 3600, 6)).toEqual([600, 1200, 1800, 2400, 3000, 3600]));
});

describe('service colours', () => {
  test('follow name order and never move', () => {
    const first = assign([], ['web', 'auth']);
    expect(first).toEqual(['auth', 'web']);
    expect(assign(first, ['api', 'web'])).toEqual(['auth', 'web', 'api']);
  });
  test('the ninth service shares the colour of the rest', () => {
    expect(tokenAt(7)).toBe('--s8');
    expect(tokenAt(8)).toBe('--other');
    expect(tokenAt(30)).toBe('--other');
  });
});
