import { expect, test } from 'vitest';
import { endOf, geometry, greatest } from '$lib/charts/heatmap';
import { extent } from '$lib/charts/lines';
import { layers } from '$lib/charts/layers';

test('the greatest value ignores missing cells, and all missing is no value', () => {
  expect(greatest(Float32Array.from([NaN, 2, 7, NaN]))).toBe(7);
  expect(greatest(Float32Array.from([NaN, NaN]))).toBeNull();
});

test('columns are as wide as their step', () => {
  expect(endOf([0, 10, 20])).toBe(30);
  expect(endOf([5])).toBe(6);
});

test('names take room at the left, but never more than a third', () => {
  const data = { rows: ['a', 'b'], times: [0, 10], values: new Float32Array(4) };
  expect(geometry(data, 900, 218, 80)).toMatchObject({ left: 92, width: 808, height: 200, rowHeight: 100 });
  expect(geometry(data, 900, 218, 900).left).toBe(270);
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
