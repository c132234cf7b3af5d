import { describe, expect, test } from 'vitest';
import { best, score } from '$shell/fuzzy';
import { line, lines, list, nameOf } from '$shell/reading';
import { fit, spanOf } from '$shell/track';
import { sorted } from '$lib/ui/sorting';
import { pages } from '$pages/index';

describe('search', () => {
  test('finds letters in order only', () => {
    expect(score('hm', 'Heatmaps')).not.toBeNull();
    expect(score('mh', 'Heat')).toBeNull();
  });
  test('whole words come before scattered letters, short before long', () => {
    expect(best('cost', ['cluster operations status', 'cost_summary', 'Cost'], (s) => s, 9)).toEqual([
      'Cost',
      'cost_summary',
      'cluster operations status',
    ]);
  });
});

describe('scrubber', () => {
  test.each([
    [0, 600],
    [601, 1800],
    [3600, 3600],
    [90_000, 172_800],
  ])('%i s are shown on an axis of %i s', (end, span) => expect(spanOf(end)).toBe(span));
  test('labels never touch; the weighty one wins', () => {
    const shown = fit([
      { x: 0, width: 50, weight: 1 },
      { x: 40, width: 50, weight: 5 },
      { x: 100, width: 20, weight: 0 },
    ]);
    expect(shown).toEqual([false, true, true]);
  });
});

describe('reports', () => {
  test.each([
    [
      { kind: 'Secret', namespace: 'shop', name: 'token', reason: 'values are never kept' },
      'Secret shop/token: values are never kept',
    ],
    [{ kind: 'Lease', count: 12, why: 'no effect' }, '12 × Lease: no effect'],
    ['plain words', 'plain words'],
    [{ odd: [1] }, '{"odd":[1]}'],
  ])('%j reads %s', (entry, text) => expect(line(entry)).toBe(text));
  test('parts of any form become lines', () => {
    expect(lines({ Pod: 3, Node: 1 })).toEqual(['Pod: 3', 'Node: 1']);
    expect(lines(null)).toEqual([]);
    expect(lines(4)).toEqual(['4']);
  });
  test('lists may be bare or wrapped', () => {
    expect(list([1], 'worlds')).toEqual([1]);
    expect(list({ worlds: [2] }, 'worlds')).toEqual([2]);
    expect(list(undefined, 'worlds')).toEqual([]);
    expect(nameOf({ id: 'x' })).toBe('x');
  });
});

test('missing values sort last both ways', () => {
  const rows = [3, null, 1, NaN, 2];
  expect(sorted(rows, (r) => r, false)).toEqual([1, 2, 3, null, NaN]);
  expect(sorted(rows, (r) => r, true)).toEqual([3, 2, 1, null, NaN]);
  expect(sorted(['pod-10', 'pod-9'], (r) => r, false)).toEqual(['pod-9', 'pod-10']);
});

test('every page has its own id and title', () => {
  expect(new Set(pages.map((p) => p.id)).size).toBe(pages.length);
  expect(new Set(pages.map((p) => p.title)).size).toBe(pages.length);
});
