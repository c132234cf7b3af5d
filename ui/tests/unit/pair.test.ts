import { describe, expect, test } from 'vitest';
import { asked } from '$lib/api/transport/pane';
import type { PaneRules } from '$lib/state/pane';
import type { Place } from '$lib/state/route.svelte';
import { format, parse } from '$lib/state/route.svelte';
import { alone, pairOf, paired, placeFrom, placeIn, sideOf, swapped, textOf } from '$shell/pair/address';
import { change, ofRuns, parameters, verdict, type Row } from '$shell/pair/differences';
import { note } from '$shell/pair/notes';
import { newestRun } from '$shell/pair/side.svelte';

const at = (hash: string): Place => parse(hash);

describe('sides in the address', () => {
  test.each([
    ['session', { kind: 'session' }],
    ['run:r1', { kind: 'run', id: 'r1' }],
    ['world:shop:b', { kind: 'world', name: 'shop:b' }],
    ['run:', null],
    ['node:a', null],
    ['shop', null],
    [undefined, null],
  ])('%s', (text, side) => {
    expect(sideOf(text)).toEqual(side);
    if (side && text) expect(textOf(side as never)).toBe(text);
  });

  test.each([
    ['#/latency', null],
    ['#/latency?run=r1', null],
    ['#/latency?versus=run:r2', [{ kind: 'session' }, { kind: 'run', id: 'r2' }]],
    ['#/latency?run=r1&versus=session', [{ kind: 'run', id: 'r1' }, { kind: 'session' }]],
    [
      '#/latency?world=b&versus=run:r2',
      [
        { kind: 'world', name: 'b' },
        { kind: 'run', id: 'r2' },
      ],
    ],
    ['#/latency?versus=nonsense', null],
  ])('%s', (hash, sides) => {
    const pair = pairOf(at(hash).params);
    expect(pair && [pair.a, pair.b]).toEqual(sides);
  });

  test.each([
    ['#/cost?run=r1&sel=node:a&t=60&versus=run:r2', '#/cost?run=r2&sel=node:a&t=60&versus=run:r1'],
    ['#/cost?versus=world:b', '#/cost?versus=session&world=b'],
    ['#/cost?run=r1&versus=session', '#/cost?versus=run:r1'],
  ])('swapped, %s', (before, after) => {
    const { page, params } = at(before);
    const turned = paired(params, swapped(pairOf(params)!));
    expect(format({ page, params: turned })).toBe(after);
    expect(format({ page, params: paired(turned, swapped(pairOf(turned)!)) })).toBe(before);
  });

  test.each([
    ['#/cost?run=r1&sel=node:a&t=60&versus=run:r2', '#/cost?run=r1&sel=node:a'],
    ['#/cost?sel=node:a&versus=world:b', '#/cost?sel=node:a'],
    ['#/cost?versus=run:r2&world=b', '#/cost'],
  ])('left, %s', (before, after) =>
    expect(format({ page: 'cost', params: alone(at(before).params) })).toBe(after),
  );
});

describe('what a pane sees and does', () => {
  const now = at('#/heatmaps?run=r1&sel=node:a&t=60&type=memory&versus=run:r2');
  const pair = pairOf(now.params)!;
  test('it sees its page, filters and its own run', () => {
    expect(format(placeIn(now, 'r2'))).toBe('#/heatmaps?run=r2&sel=node:a&type=memory');
    expect(format(placeIn(now, null))).toBe('#/heatmaps?sel=node:a&type=memory');
  });
  test.each([
    ['a filter', 'B', 'r2', '#/heatmaps?q=cart&run=r2', '#/heatmaps?q=cart&run=r1&t=60&versus=run:r2'],
    [
      'another page',
      'A',
      'r1',
      '#/latency?run=r1&sel=pod:p',
      '#/latency?run=r1&sel=pod:p&t=60&versus=run:r2',
    ],
    ['A leaves its run', 'A', 'r1', '#/cost', '#/cost?t=60&versus=run:r2'],
    ['B leaves its run', 'B', 'r2', '#/cost', '#/cost?run=r1&t=60&versus=session'],
    ['B goes to a third run', 'B', 'r2', '#/cost?run=r3', '#/cost?run=r1&t=60&versus=run:r3'],
    ['a forged side', 'B', 'r2', '#/cost?run=r2&versus=run:r9', '#/cost?run=r1&t=60&versus=run:r2'],
  ] as const)('%s', (_, side, shown, to, after) =>
    expect(format(placeFrom(now, pair, side, shown, at(to)))).toBe(after),
  );
  test('a session side beside a world keeps both', () => {
    const place = at('#/overview?versus=world:b');
    const go = (side: 'A' | 'B', shown: string | null, to: string) =>
      format(placeFrom(place, pairOf(place.params)!, side, shown, at(to)));
    expect(go('A', null, '#/cluster?q=x')).toBe('#/cluster?q=x&versus=world:b');
    expect(go('B', 'r7', '#/cluster?q=x&run=r7')).toBe('#/cluster?q=x&versus=world:b');
  });
});

describe('what a side is asked', () => {
  const run: PaneRules = { world: 'b', run: 'r2', atNs: '60', plays: false };
  const end: PaneRules = { ...run, atNs: null };
  const bare: PaneRules = { world: 'b', run: null, atNs: null, plays: false };
  const live: PaneRules = { world: 'a', run: null, atNs: null, plays: true };
  test.each([
    ['latency', { window: 5 }, run, { window: 5, run: 'r2', atNs: '60' }],
    ['latency', { window: 5, run: 'r1' }, run, { window: 5, run: 'r2', atNs: '60' }],
    ['faults', {}, end, { run: 'r2' }],
    ['latency', { window: 5 }, live, { window: 5 }],
    ['session_kill', { node: 'a' }, live, { node: 'a' }],
    ['parameters', { world: 'current' }, run, { world: 'b' }],
    ['parameters', { world: 'c' }, run, { world: 'c' }],
    ['parameters', { world: 'current' }, bare, { world: 'b' }],
    ['runs', { limit: 5 }, run, { limit: 5 }],
  ])('%s %o', (name, input, rules, sent) => expect(asked(name, input, rules)).toEqual(sent));
  test.each([
    ['session_kill', run, /stored run/],
    ['session_seek', end, /stored run/],
    ['cluster_status', bare, /World b has no run/],
  ])('%s is refused', (name, rules, why) => expect(() => asked(name, {}, rules)).toThrow(why));
  test.each([
    ['heatmaps', run, null],
    ['chaos', run, /nothing can be killed/],
    ['chaos', live, null],
    ['parameters', run, /r5; the run is of r3/],
    ['parameters', bare, /no run yet/],
    ['settings', live, /both sides show the same/],
  ])('a note on %s', (page, rules, said) => {
    const text = note(page, rules, { revision: 3, newest: 5 });
    if (said === null) expect(text).toBeNull();
    else expect(text).toMatch(said);
  });
});

describe('differences', () => {
  const row = (a: number | null, b: number | null, better?: Row['better']): Row => ({
    label: 'x',
    a,
    b,
    format: (v) => `${v} ms`,
    ...(better ? { better } : {}),
  });
  test.each([
    [row(10, 12, 'less'), '+2 ms', 'worse'],
    [row(12, 10, 'less'), '−2 ms', 'better'],
    [row(12, 10, 'more'), '−2 ms', 'worse'],
    [row(10, 12), '+2 ms', null],
    [row(10, 10, 'less'), '=', null],
    [row(null, 10, 'less'), '–', null],
    [row(0, 0), '=', null],
  ])('%o', (r, text, is) => {
    expect(change(r)).toBe(text);
    expect(verdict(r)).toBe(is);
  });
  test('of whole runs, figures of single services stay out', () => {
    const rows = ofRuns([
      { figure: 'failed', unit: 'requests', a: 0, b: 4, change: 4 },
      { figure: 'shop/cart, CPU', unit: 'cores', a: 1, b: 2, change: 1 },
    ]);
    expect(rows.map((r) => [r.label, change(r), verdict(r)])).toEqual([['failed', '+4', 'worse']]);
  });
  test('parameters that differ or that one world lacks', () => {
    const p = (key: string, value: number) => ({ key, value, unit: 'ms' }) as never;
    expect(parameters([p('x', 1), p('y', 2), p('z', 3)], [p('x', 1), p('y', 5), p('w', 4)])).toEqual([
      { key: 'y', a: 2, b: 5, unit: 'ms' },
      { key: 'z', a: 3, b: null, unit: 'ms' },
      { key: 'w', a: null, b: 4, unit: 'ms' },
    ]);
  });
  test('of a world the newest run of the newest revision is shown', () => {
    const r = (id: string, revision: number) => ({ id, revision }) as never;
    expect(newestRun([r('c', 2), r('b', 3), r('a', 3)])?.id).toBe('b');
    expect(newestRun([])).toBeNull();
  });
});
