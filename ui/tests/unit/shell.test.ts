import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ClusterStatus } from '$lib/api/shapes';
import { describe as told, unfetched } from '$lib/api/error';
import { HOW_TO_DUMP } from '$lib/domain/dump';
import { best, score } from '$shell/fuzzy';
import { places } from '$shell/places';
import { linesOf, type Report } from '$shell/report';
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

test('a service comes before its pods, whatever their groups are called', () => {
  const entries = [
    ['cart-2', 'cart-2 Pods'],
    ['cart', 'cart Services'],
  ];
  expect(best('car', entries, (names) => names, 9)[0]).toEqual(['cart', 'cart Services']);
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
  const report: Report = {
    files: ['shop.yaml'],
    taken: [
      { kind: 'v1 Pod', count: 3, understood: true },
      { kind: 'v1 Lease', count: 1, understood: false },
    ],
    skipped: [{ place: 'shop.yaml, document 2', kind: 'List', reason: 'no items' }],
    dropped: [{ object: 'Secret shop/token', field: 'data' }],
    inferred: [{ what: 'shop/web calls shop/cart', from: 'env CART_ADDR' }],
    unresolved: [{ name: 'mail', from: 'shop/web' }],
    assumed: [{ what: 'a node pool', why: 'no nodes given', figures: { price: '0.1 USD/h' } }],
  };
  test.each([
    ['files', ['shop.yaml']],
    ['taken', ['3 × v1 Pod', '1 × v1 Lease: kept, without effect']],
    ['skipped', ['shop.yaml, document 2 (List): no items']],
    ['dropped', ['Secret shop/token: data']],
    ['inferred', ['shop/web calls shop/cart: from env CART_ADDR']],
    ['unresolved', ['mail: named by shop/web']],
    ['assumed', ['a node pool: no nodes given (price 0.1 USD/h)']],
  ] as const)('%s reads %j', (part, lines) => expect(linesOf(report, part)).toEqual(lines));
});

describe('places', () => {
  const pod = (name: string, node: string | null) => ({ name, node, phase: 'running', ready: true });
  const status = {
    services: {
      'shop/cart': { pods: [pod('shop/cart-1', 'n1'), pod('shop/cart-2', null)] },
      'test/cart': { pods: [] },
    },
    nodes: [{ name: 'n1', zone: 'z-a' }],
    pending: [{ pod: 'shop/cart-2', service: 'shop/cart', message: '' }],
  } as unknown as ClusterStatus;
  test.each([
    ['service shop/cart', 'shop/cart', 'overview'],
    ['service test/cart', 'test/cart', 'overview'],
    ['node n1', 'n1', 'cluster'],
    ['pod shop/cart-1', 'cart-1', 'cluster'],
    ['pod shop/cart-2', 'cart-2', 'cluster'],
  ])('%s is called %s and looked at on %s', (what, label, page) =>
    expect(places(status).find((p) => `${p.kind} ${p.id}` === what)).toMatchObject({ label, page }),
  );
  test('each stands once, and none without a cluster', () => {
    expect(places(status)).toHaveLength(5);
    expect(places(undefined)).toEqual([]);
  });
});

test.each([
  ['Unable to preload CSS for /assets/Cost.css', true],
  ['Failed to fetch dynamically imported module: /assets/Cost.js', true],
  ['Importing a module script failed.', true],
  ['x is not a function', false],
])('"%s" is a part that was not fetched: %s', (message, yes) => {
  expect(unfetched(new TypeError(message))).toBe(yes);
  expect(told(new TypeError(message)).remedy.includes('fault of the window')).toBe(!yes);
});

test.each(['../README.md', '../src-tauri/crates/import/src/error.rs'])('%s names the same dump', (file) =>
  expect(readFileSync(file, 'utf8')).toContain(HOW_TO_DUMP),
);

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
