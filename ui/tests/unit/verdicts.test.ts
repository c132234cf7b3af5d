/** Verdicts as a matrix, remedies in words and as changes, axes of a sweep. */
import { describe, expect, test } from 'vitest';
import {
  apart,
  cellOf,
  cellText,
  pluginsOf,
  whyHere,
  whyNot,
  type Verdict,
} from '../../src/pages/scheduler/explain/matrix';
import { remedyChange, remedyWords, type Remedy } from '../../src/pages/scheduler/explain/remedies';
import { axisOf, suggested, valuesOf } from '../../src/pages/scheduler/sweep/axes';
import { metricOf, sheetOf, type Swept } from '../../src/pages/scheduler/sweep/grid';
import type { Known } from '../../src/pages/scheduler/whatif/changes';
import type { Change } from '../../src/pages/scheduler/whatif/shapes';

const known: Known = {
  nodes: ['general-a1', 'general-b1'],
  zones: ['a', 'b'],
  pools: ['general'],
  workloads: ['shop/web'],
};

describe('verdicts', () => {
  const feasible = (name: string, plugins: [string, number][]): Verdict =>
    ({
      node: name,
      verdict: { outcome: 'feasible', total: plugins.reduce((s, [, v]) => s + v, 0), plugins },
    }) as Verdict;
  const rejected = {
    node: 'c',
    verdict: {
      outcome: 'rejected',
      plugin: 'NodeResourcesFit',
      code: 'Unschedulable',
      reasons: ['Insufficient cpu'],
    },
  } as Verdict;
  const a = feasible('a', [
    ['NodeResourcesFit', 80],
    ['ImageLocality', 5],
  ]);
  const b = feasible('b', [
    ['NodeResourcesFit', 70],
    ['ImageLocality', 9],
  ]);
  const all = [a, b, rejected];
  test('plugins stand in the order they filter in', () =>
    expect(
      pluginsOf([a, { ...rejected, verdict: { ...rejected.verdict, plugin: 'TaintToleration' } } as Verdict]),
    ).toEqual(['TaintToleration', 'NodeResourcesFit', 'ImageLocality']));
  test.each<[Verdict, string, string]>([
    [a, 'NodeResourcesFit', '80'],
    [a, 'TaintToleration', '✓'],
    [rejected, 'TaintToleration', '✓'],
    [rejected, 'NodeResourcesFit', '✕'],
    [rejected, 'PodTopologySpread', '·'],
    [rejected, 'ImageLocality', '·'],
  ])('%o, %s: %s', (row, plugin, text) => expect(cellText(cellOf(row, plugin))).toBe(text));
  test('what sets two nodes apart', () => expect(apart(a, b)).toBe('+10 Fit, −4 Images'));
  test('why here', () =>
    expect(whyHere(all, 'a', 1)).toBe(
      'It has the highest total, 85. Next is b with 79: +10 Fit, −4 Images.',
    ));
  test.each<[string, RegExp]>([
    ['b', /79, 6 less than a/],
    ['c', /NodeResourcesFit turns it away: Insufficient cpu. Evicting pods could change that/],
  ])('why not %s', (name, said) => expect(whyNot(all, 'a', name)).toMatch(said));
});

describe('remedies', () => {
  test.each<[Remedy, string, Change | null]>([
    [
      { change: 'free', node: 'n', short: [{ resource: 'cpu', amount: 200 }] },
      'free 0.2 cores CPU on n',
      null,
    ],
    [{ change: 'uncordon', node: 'n' }, 'uncordon n', { type: 'cordonNodes', nodes: ['n'], on: false }],
    [
      { change: 'dropTaint', node: 'n', taint: 'k=v:NoSchedule' },
      'take k=v:NoSchedule off n',
      { type: 'taintNodes', nodes: ['n'], remove: ['k:NoSchedule'] },
    ],
    [{ change: 'addNode', like: 'n' }, 'one more node like n', { type: 'addNodes', count: 1, like: 'n' }],
    [
      { change: 'relax', field: 'spec.nodeSelector', node: 'n' },
      'drop spec.nodeSelector: it then goes to n',
      null,
    ],
  ])('%o', (remedy, words, change) => {
    expect(remedyWords(remedy)).toBe(words);
    expect(remedyChange(remedy)).toEqual(change);
  });
});

describe('a sweep', () => {
  test.each<[string, boolean, string[] | null]>([
    ['2..4', true, ['2', '3', '4']],
    ['2, 4, 4', true, ['2', '4']],
    ['4..2', true, null],
    ['two', true, null],
    ['none, a', false, ['none', 'a']],
  ])('%s as values', (text, numbers, values) => expect(valuesOf(text, numbers)).toEqual(values));
  test('an axis is changes by value', () =>
    expect(axisOf({ kind: 'replicas', target: 'shop/web', values: '2..3' }, known)).toEqual({
      axis: {
        name: 'replicas of shop/web',
        values: [
          { label: '2', changes: [{ type: 'scaleWorkload', workload: 'shop/web', replicas: 2 }] },
          { label: '3', changes: [{ type: 'scaleWorkload', workload: 'shop/web', replicas: 3 }] },
        ],
      },
    }));
  test.each<[string, string, string, string]>([
    ['replicas', 'shop/wep', '2', 'target'],
    ['replicas', 'shop/web', 'x', 'values'],
    ['zone', '', 'none, c', 'values'],
    ['pool', '', '', 'target'],
  ])('%s of %s over %s is wrong', (kind, target, values, field) => {
    const read = axisOf({ kind, target, values }, known);
    expect('wrong' in read && Object.keys(read.wrong)).toContain(field);
  });
  test('what is suggested can be run', () =>
    ['replicas', 'pool', 'add', 'zone', 'drain', 'scheduler'].forEach((kind) =>
      expect('axis' in axisOf(suggested(kind, known), known)).toBe(true),
    ));
  test('cells lie by their place, failed ones are missing', () => {
    const cell = (at: number[], pending: number, error: string | null = null) => ({
      at,
      pending,
      moved: 0,
      preempted: 0,
      costPerHour: null,
      cpuPercent: null,
      memoryPercent: null,
      nodes: 3,
      error,
    });
    const swept = {
      axes: [
        { name: 'a', labels: ['x', 'y'] },
        { name: 'b', labels: ['1', '2'] },
      ],
      cells: [cell([0, 0], 1), cell([0, 1], 2), cell([1, 0], 3), cell([1, 1], 4, 'cannot be')],
    } as unknown as Swept;
    expect([...sheetOf(swept, metricOf('pending')).values]).toEqual([1, 2, 3, NaN]);
  });
});
