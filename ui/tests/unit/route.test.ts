import { beforeEach, describe, expect, test } from 'vitest';
import { format, parse, route } from '$lib/state/route.svelte';
import { selection } from '$lib/state/selection.svelte';

describe('addresses', () => {
  test.each([
    ['', { page: 'overview', params: {} }],
    ['#/', { page: 'overview', params: {} }],
    ['#/heatmaps', { page: 'heatmaps', params: {} }],
    [
      '#/heatmaps?world=a%20b&sel=service:cart',
      { page: 'heatmaps', params: { world: 'a b', sel: 'service:cart' } },
    ],
    ['#/latency?from=0&to=3600', { page: 'latency', params: { from: '0', to: '3600' } }],
  ])('%s', (hash, place) => expect(parse(hash)).toEqual(place));

  test('what is written reads back the same, and equal places are equal text', () => {
    const place = { page: 'heatmaps', params: { to: '9', world: 'shop & co', from: '1', empty: '' } };
    const hash = format(place);
    expect(hash).toBe('#/heatmaps?from=1&to=9&world=shop+%26+co');
    expect(parse(hash).params).toEqual({ to: '9', world: 'shop & co', from: '1' });
  });
});

describe('moving', () => {
  beforeEach(() => route.go('overview', { world: null, sel: null, from: null, to: null, run: null }));

  test('a page keeps what is looked at and drops how', () => {
    route.set({ world: 'shop', metric: 'memory' });
    expect(location.hash).toBe('#/overview?metric=memory&world=shop');
    route.go('latency');
    expect(location.hash).toBe('#/latency?world=shop');
    expect(route.get('metric')).toBeUndefined();
  });
  test('numbers are numbers or absent', () => {
    route.set({ from: 12 });
    expect(route.number('from')).toBe(12);
    route.set({ from: 'x' });
    expect(route.number('from')).toBeUndefined();
    expect(route.number('to')).toBeUndefined();
  });
  test('a selection lives in the address', () => {
    selection.select('pod', 'shop/cart-1:2');
    expect(location.hash).toContain('sel=pod:shop/cart-1:2');
    expect(selection.current).toEqual({ kind: 'pod', id: 'shop/cart-1:2' });
    selection.clear();
    expect(selection.current).toBeNull();
  });
});
