import { expect, test } from 'vitest';
import { above, endOf, geometry, greatest, scaleTop } from '$lib/charts/heatmap';
import { extent } from '$lib/charts/lines';
import { layers } from '$lib/charts/layers';
import { bandOf, LANE, placeMarks } from '$lib/charts/marks';

test('the greatest value ignores missing cells, and all missing is no value', () => {
  expect(greatest(Float32Array.from([NaN, 2, 7, NaN]))).toBe(7);
  expect(greatest(Float32Array.from([NaN, NaN]))).toBeNull();
});

test.each<[string, number[], number, number | null]>([
  ['one spike does not stretch the scale', [...Array<number>(200).fill(0.5), 9], 0, 0.5],
  ['the whole is the least top of shares', [...Array<number>(200).fill(0.5), 9], 1, 1],
  ['an even spread is covered to its end', Array.from({ length: 101 }, (_, i) => i), 0, 100],
  ['few cells have no spikes', [0.1, 0.1, 4], 0, 4],
  ['a greatest value near the others is covered', [...Array<number>(200).fill(1), 1.2], 0, 1.2],
  ['missing cells count for nothing', [...Array<number>(200).fill(NaN), 3], 0, 3],
  ['all missing has no scale', [NaN], 1, null],
  ['nothing used at all', Array<number>(30).fill(0), 0, 1],
])('%s', (_, values, least, expected) => {
  const top = scaleTop(Float32Array.from(values), least);
  if (expected === null) expect(top).toBeNull();
  else expect(top).toBeCloseTo(expected, 6);
});

test('cells above the scale are counted', () => {
  expect(above(Float32Array.from([NaN, 1, 2, 3]), 1)).toBe(2);
});

const measure = (text: string) => text.length * 5;
const marks = (...at: number[]) => at.map((t) => ({ at: t, label: `event at ${t}`, kind: 'info' }));
const placed = (at: number[], lanes: number) =>
  placeMarks(marks(...at), [0, 1000], { left: 0, right: 1000 }, lanes, measure);

test('names of close marks take lanes of their own, and what finds none is left out', () => {
  expect(placed([100, 110, 120, 500], 2).map((p) => p.lane)).toEqual([0, 1, null, 0]);
  expect(bandOf(placed([100, 110], 3))).toBe(2 * LANE);
  expect(bandOf(placed([], 3))).toBe(0);
});

test('a name at the right end stands left of its line, and one outside the axis is not there', () => {
  const [mark] = placed([990, 1200], 1);
  expect(mark!.left + mark!.width).toBeLessThan(990);
  expect(placed([990, 1200], 1)).toHaveLength(1);
});

test('a long name is cut where a later mark needs its lane', () => {
  const long = [100, 300].map((at) => ({ at, label: 'x'.repeat(60), kind: 'info' }));
  const [first, second] = placeMarks(long, [0, 1000], { left: 0, right: 1000 }, 1, measure);
  expect(first!.text.endsWith('…')).toBe(true);
  expect(first!.left + first!.width).toBeLessThan(second!.left);
  expect(second!.lane).toBe(0);
});

test('columns are as wide as their step', () => {
  expect(endOf([0, 10, 20])).toBe(30);
  expect(endOf([5])).toBe(6);
});

test('names take room at the left, but never more than a third', () => {
  const data = { rows: ['a', 'b'], times: [0, 10], values: new Float32Array(4) };
  expect(geometry(data, 900, 218, 80)).toMatchObject({ left: 92, width: 808, height: 200, rowHeight: 100 });
  expect(geometry(data, 900, 218, 900).left).toBe(270);
  expect(geometry(data, 900, 218, 80, 26)).toMatchObject({ top: 26, height: 174, rowHeight: 87 });
});

test('a log axis leaves out what is not above zero', () => {
  const series = [{ label: 'p99', values: [null, 0, -1, 10, 100] }];
  expect(extent(series, [], true)).toEqual([8, 125]);
  expect(extent([{ label: 'x', values: [null] }], [], true)).toBeNull();
  expect(extent(series, [{ value: 400, label: 'limit' }], true)?.[1]).toBe(500);
  expect(extent([{ label: 'x', values: [10] }], [], false)?.[0]).toBe(0);
});

test('callers stand left of callees, cycles included', () => {
  const spots = layers(
    ['web', 'cart', 'redis', 'pay'],
    [
      { from: 'web', to: 'cart' },
      { from: 'cart', to: 'redis' },
      { from: 'cart', to: 'pay' },
      { from: 'pay', to: 'web' },
      { from: 'redis', to: 'redis' },
    ],
  );
  const layer = (n: string) => spots.get(n)!.layer;
  expect(layer('web')).toBe(0);
  expect(layer('cart')).toBe(1);
  expect(layer('redis')).toBe(2);
  expect(layer('pay')).toBe(2);
  expect(spots.get('pay')!.rows).toBe(2);
});
