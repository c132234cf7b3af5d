/** Changes as forms and as text, what they come to, the layout of the board. */
import { describe, expect, test } from 'vitest';
import { blocks, cardOf, fitting, layOut, nodeAt, within } from '../../src/pages/scheduler/board/layout';
import { grouped, type NodeBox } from '../../src/pages/scheduler/board/model';
import { waitsOf } from '../../src/pages/scheduler/forks/compare';
import { blank, faultsOf, sentence, tidy, type Known } from '../../src/pages/scheduler/whatif/changes';
import { parsed, shown, taint } from '../../src/pages/scheduler/whatif/fields';
import { KINDS, type FieldSpec } from '../../src/pages/scheduler/whatif/kinds';
import { blocked, boardAfter, drained, elsewhere } from '../../src/pages/scheduler/whatif/outcome';
import type { Change, Outcome, Placement } from '../../src/pages/scheduler/whatif/shapes';
import { fromText, toText } from '../../src/pages/scheduler/whatif/text';

const known: Known = {
  nodes: ['general-a1', 'general-b1'],
  zones: ['a', 'b'],
  pools: ['general'],
  workloads: ['shop/web'],
};

describe('a change', () => {
  test.each<[string, Change, string[]]>([
    ['is right', { type: 'drainNodes', nodes: ['general-a1'] }, []],
    ['names no node', { type: 'drainNodes', nodes: [] }, ['nodes: name at least one node']],
    [
      'names a node there is not',
      { type: 'drainNodes', nodes: ['general-a1', 'general-b2'] },
      ['nodes.1: there is no node general-b2; did you mean general-b1?'],
    ],
    ['is of no kind', { type: 'drainNode', nodes: [] }, ['type: no such change; did you mean drainNodes?']],
    [
      'has a field too many',
      { type: 'failZone', zone: 'a', nodes: [] },
      ['nodes: failZone has no nodes; it has zone'],
    ],
    [
      'counts in halves',
      { type: 'resizePool', pool: 'general', count: 1.5 },
      ['count: a whole number, 0 or more'],
    ],
    [
      'copies and buys at once',
      { type: 'addNodes', count: 1, like: 'general-a1', instanceType: 'm6i.large' },
      ['instanceType: only one of like, instanceType, capacity'],
    ],
    ['adds of nothing', { type: 'addNodes', count: 1 }, ['like: one of like, instanceType, capacity']],
    ['taints with nothing', { type: 'taintNodes', nodes: ['general-a1'] }, ['add: add or remove, or both']],
    [
      'taints with an effect there is not',
      { type: 'taintNodes', pool: 'general', add: [{ key: 'x', effect: 'Never' }] },
      ['add.0: key, value and effect, which is one of NoSchedule, PreferNoSchedule, NoExecute'],
    ],
    [
      'offers no quantity',
      { type: 'addNodes', count: 1, capacity: { cpu: 'lots', memory: '16Gi' } },
      ['capacity.cpu: a quantity such as "4" or "3920m"'],
    ],
    ['has no scheduler', { type: 'setScheduler' }, ['preset: one of preset, configuration']],
  ])('%s', (_, change, expected) => {
    expect(faultsOf(change, known).map((f) => `${f.path.join('.')}: ${f.message}`)).toEqual(expected);
  });

  test('checks no names while they are not known', () => {
    const none: Known = { nodes: null, zones: null, pools: null, workloads: null };
    expect(faultsOf({ type: 'drainNodes', nodes: ['x'] }, none)).toEqual([]);
  });

  test.each(KINDS.map((k) => k.type))(
    'a new %s says what it is and lacks only what is to be said',
    (type) => {
      const change = blank(type);
      expect(sentence(change)).not.toBe('');
      expect(faultsOf(change, known).every((f) => f.path[0] !== 'type')).toBe(true);
    },
  );

  test.each<[Change, string]>([
    [{ type: 'drainNodes', nodes: ['a', 'b'] }, 'drain a, b'],
    [{ type: 'cordonNodes', nodes: ['a'], on: false }, 'uncordon a'],
    [{ type: 'addNodes', count: 2, like: 'a', zone: 'z' }, 'add 2 nodes like a in z'],
    [
      { type: 'taintNodes', pool: 'p', add: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] },
      'taint pool p k=v:NoSchedule',
    ],
    [{ type: 'scaleWorkload', workload: 'shop/web', replicas: 3 }, 'scale shop/web to 3'],
  ])('%o reads %s', (change, words) => expect(sentence(change)).toBe(words));

  test('loses fields that say nothing', () =>
    expect(tidy({ type: 'addNodes', count: 1, like: 'a', zone: '', taints: [] })).toEqual({
      type: 'addNodes',
      count: 1,
      like: 'a',
    }));
});

describe('names made by earlier changes', () => {
  test.each<[string, Change[], number]>([
    [
      'a node that is added',
      [
        { type: 'addNodes', count: 1, like: 'general-a1' },
        { type: 'drainNodes', nodes: ['general-new'] },
      ],
      0,
    ],
    [
      'a pool that is added',
      [
        { type: 'addNodes', count: 1, like: 'general-a1', pool: 'new' },
        { type: 'resizePool', pool: 'new', count: 2 },
      ],
      0,
    ],
    [
      'a node drained before any is added',
      [
        { type: 'drainNodes', nodes: ['general-new'] },
        { type: 'addNodes', count: 1, like: 'general-a1' },
      ],
      1,
    ],
  ])('%s', (_, changes, faults) => {
    expect(fromText(toText(changes, 'yaml'), known).faults).toHaveLength(faults);
  });
});

describe('a change that is half typed', () => {
  const ANY: unknown[] = [null, '', 'x', 3, true, [], [null], ['x'], [[1]], [{}], {}, { a: null }];
  test.each(KINDS.map((k) => k.type))('is told and shown whatever the fields of %s hold', (type) => {
    const kind = KINDS.find((k) => k.type === type)!;
    for (const value of ANY)
      for (const field of kind.fields) {
        const change = tidy({ type, [field.key]: value });
        expect(sentence(change)).toEqual(expect.any(String));
        expect(shown(value, field)).toEqual(expect.any(String));
        faultsOf(change, known);
      }
  });
  test.each(ANY)('is told where its type is %j', (type) => {
    expect(sentence({ type } as Change)).not.toBe('');
    expect(faultsOf({ type }, known)).not.toEqual([]);
  });
  test('is told where it has no type', () => expect(sentence({ zone: 'a' } as unknown as Change)).toBe('…'));
});

describe('text', () => {
  const changes: Change[] = [
    { type: 'drainNodes', nodes: ['general-a1'], force: true },
    { type: 'setScheduler', configuration: 'apiVersion: v1\nkind: KubeSchedulerConfiguration\n' },
    { type: 'editWorkload', workload: 'shop/web', patch: { spec: { replicas: 3, paused: null } } },
  ];
  test.each(['yaml', 'json'] as const)('%s comes back as it was', (form) => {
    expect(fromText(toText(changes, form), known)).toEqual({ changes, faults: [] });
  });
  test.each<[string, string, (number | null)[], boolean]>([
    ['a bare list', '- type: failZone\n  zone: a\n', [], true],
    ['nothing', '', [], true],
    [
      'a name there is not',
      'changes:\n  - type: drainNodes\n    nodes:\n      - general-a1\n      - nope\n',
      [5],
      true,
    ],
    ['a missing field', 'changes:\n  - type: failZone\n', [2], true],
    ['broken YAML', 'changes:\n  - type: [drainNodes\n', [3], false],
    ['a key twice', 'changes:\n  - type: failZone\n    zone: a\n    zone: b\n', [4], false],
    ['a field beside', 'changes: []\nnodes: []\n', [1], false],
    ['no list', 'changes: drain\n', [1], false],
  ])('%s', (_, text, lines, readable) => {
    const read = fromText(text, known);
    expect(read.faults.map((f) => f.line)).toEqual(lines);
    expect(read.changes !== null).toBe(readable);
  });
});

describe('a field', () => {
  const of = (kind: FieldSpec['kind'], more: Partial<FieldSpec> = {}): FieldSpec => ({
    key: 'k',
    label: 'K',
    kind,
    ...more,
  });
  test.each<[FieldSpec, string, unknown]>([
    [of('nodes'), 'a, b', ['a', 'b']],
    [of('count'), '3', 3],
    [
      of('taints'),
      'k=v:NoSchedule, x:NoExecute',
      [
        { key: 'k', value: 'v', effect: 'NoSchedule' },
        { key: 'x', effect: 'NoExecute' },
      ],
    ],
    [of('labels'), 'disk=ssd, empty=', { disk: 'ssd', empty: '' }],
    [of('capacity'), 'cpu=4, memory=16Gi, pods=30', { cpu: '4', memory: '16Gi', pods: 30 }],
    [of('text'), '', undefined],
  ])('%o reads %s', (field, text, value) => {
    expect(parsed(text, field)).toEqual({ value });
    if (value !== undefined) expect(shown(value, field)).toBe(text);
  });
  test.each<[FieldSpec, string]>([
    [of('count', { least: 1 }), '0'],
    [of('count'), '1.'],
    [of('taints'), 'k=v'],
    [of('labels'), 'disk'],
    [of('capacity'), 'gpu=1'],
    [of('patch'), '[1]'],
    [of('patch'), '{'],
  ])('%o refuses %s', (field, text) => expect('error' in parsed(text, field)).toBe(true));
  test('a taint has an effect', () => expect(taint('k=v')).toBeNull());
});

const node = (name: string, pods: NodeBox['pods'] = [], more: Partial<NodeBox> = {}): NodeBox => ({
  name,
  zone: 'a',
  pool: 'general',
  cpuAllocatable: 4000,
  memoryAllocatable: 8e9,
  cpuRequested: pods.reduce((s, p) => s + p.cpu, 0),
  memoryRequested: pods.reduce((s, p) => s + p.memory, 0),
  state: null,
  pods,
  ...more,
});
const pod = (name: string, cpu: number, service = 'shop/web') => ({
  name,
  service,
  cpu,
  memory: 1e9,
  phase: null,
});
const fill = (name: string, cpuRequested: number, more = {}) => ({
  name,
  zone: 'a',
  pool: 'general',
  ready: true,
  unschedulable: false,
  cpuAllocatable: 4000,
  cpuRequested,
  memoryAllocatable: 8e9,
  memoryRequested: 0,
  pods: 0,
  maxPods: 110,
  ...more,
});
const placement = (nodes: Placement['nodes']): Placement => ({
  pods: 0,
  placed: 0,
  pending: [],
  nodes,
  zones: [],
  fragmentation: [],
  costPerHour: null,
  unpriced: [],
});
const outcome = (more: Partial<Outcome>): Outcome => ({
  profile: 'default-scheduler',
  before: placement([]),
  after: placement([]),
  moved: [],
  preempted: [],
  drains: [],
  notConsidered: [],
  assumptions: [],
  warnings: [],
  ...more,
});

describe('what it comes to', () => {
  const before = [
    node('n1', [pod('shop/web-0', 500), pod('shop/web-1', 500)]),
    node('n2', [pod('shop/db-0', 1000, 'shop/db')]),
  ];
  const after = boardAfter(
    before,
    outcome({
      after: placement([fill('n2', 2000), fill('n3', 700, { unschedulable: true })]),
      moved: [
        { pod: 'shop/web-0', owner: 'shop/web', from: 'n1', to: 'n2', cause: 'drained' },
        { pod: 'shop/web-1', owner: 'shop/web', from: 'n1', to: null, cause: 'drained' },
        { pod: 'shop/web-2', owner: 'shop/web', from: null, to: 'n2', cause: 'scaled' },
        { pod: 'shop/new-0', owner: 'shop/new', from: null, to: 'n3', cause: 'added' },
      ],
    }),
  );
  const of = (name: string) => after.find((n) => n.name === name)!;
  test('pods are where the answer has them', () =>
    expect(after.map((n) => [n.name, n.pods.map((p) => p.name)])).toEqual([
      ['n2', ['shop/db-0', 'shop/web-0', 'shop/web-2']],
      ['n3', ['shop/new-0']],
      ['n1', []],
    ]));
  test('a pod of a workload known takes its size, another what its node gave out', () => {
    expect(of('n2').pods.find((p) => p.name === 'shop/web-2')?.cpu).toBe(500);
    expect(of('n3').pods[0]?.cpu).toBe(700);
  });
  test('nodes say what became of them', () =>
    expect(after.map((n) => [n.name, n.state, n.fresh ?? false])).toEqual([
      ['n2', null, false],
      ['n3', 'cordoned', true],
      ['n1', 'gone', false],
    ]));
  test('only pods on another node count as moved', () =>
    expect(
      elsewhere([
        { pod: 'a', owner: 'o', from: 'x', to: 'y', cause: 'drained' },
        { pod: 'b', owner: 'o', from: 'x', to: 'x', cause: 'drained' },
        { pod: 'c', owner: 'o', from: 'x', to: null, cause: 'drained' },
      ]).map((m) => m.pod),
    ).toEqual(['a']));
  test('blocked evictions name pod and budget', () =>
    expect(
      blocked([
        {
          node: 'n1',
          done: false,
          rounds: 1,
          graceSeconds: 30,
          steps: [
            {
              round: 1,
              pod: 'p',
              action: 'blocked',
              reason: 'allows 0',
              budget: 'shop/db',
              graceSeconds: null,
            },
            { round: 1, pod: 'q', action: 'evicted', reason: '', budget: null, graceSeconds: 30 },
          ],
        },
      ]),
    ).toEqual([{ node: 'n1', pod: 'p', why: 'shop/db: allows 0' }]));
  test('drains are summed in words', () => {
    const drain = { done: true, rounds: 2, graceSeconds: 45, steps: [] };
    expect(drained([{ node: 'n1', ...drain }])).toBe(
      '1 of 1 node drained · 2 rounds · up to 45 s of grace, and the time that new pods take to be ready',
    );
    expect(
      drained([
        { node: 'n1', ...drain },
        { node: 'n2', ...drain, done: false },
      ]),
    ).toContain('1 of 2 nodes drained · 4 rounds · up to 1 min 30 s of grace');
  });
  test('pods that wait say where', () => {
    const waits = (pods: string[]) => ({
      ...placement([]),
      pending: pods.map((p) => ({ pod: p, owner: 'o', cpu: 1, memory: 1, message: 'm' })),
    });
    expect(waitsOf({ a: waits(['x', 'y']), b: waits(['y', 'z']) }).map((w) => [w.pod, w.in])).toEqual([
      ['z', 'B'],
      ['x', 'A'],
      ['y', 'both'],
    ]);
  });
});

describe('the board', () => {
  const many = Array.from({ length: 50 }, (_, i) =>
    node(`n${String(i).padStart(2, '0')}`, [], { zone: i % 2 ? 'b' : 'a' }),
  );
  const groups = grouped([...many, node('lone', [], { zone: null })], 'zone');
  test('groups by name, nodes without one last', () =>
    expect(groups.map((g) => [g.name, g.nodes.length])).toEqual([
      ['a', 25],
      ['b', 25],
      ['', 1],
    ]));
  const l = layOut(groups, 1000, 0.8);
  test('every card is found where it lies, and nothing between cards', () => {
    l.nodes.forEach((_, i) => {
      const c = cardOf(l, i);
      expect(nodeAt(l, c.x + c.w / 2, c.y + c.h / 2)).toBe(i);
    });
    expect(nodeAt(l, -1, 50)).toBe(-1);
    expect(nodeAt(l, 5, 2)).toBe(-1);
  });
  test('a strip holds exactly the cards that meet it', () => {
    const [from, to] = [100, 180];
    const found = new Set(
      [...within(l, from, to)].flatMap(([a, b]) => Array.from({ length: b - a }, (_, i) => a + i)),
    );
    l.nodes.forEach((_, i) => {
      const c = cardOf(l, i);
      if (c.y < to && c.y + c.h > from) expect(found.has(i)).toBe(true);
    });
    expect(found.size).toBeLessThan(l.nodes.length);
  });
  test('the fitting zoom shows all where that can be', () => {
    expect(layOut(groups, 1000, fitting(groups, 1000, 700)).height).toBeLessThanOrEqual(700);
    expect(fitting(groups, 200, 50)).toBe(0.5);
  });
  test.each<[string, number[], number]>([
    ['half full', [1000, 500, 500], 0.5],
    ['full', [2000, 1000, 1000], 1],
    ['asked for more than there is', [4000, 4000], 1],
  ])('blocks of a node that is %s are its shares and lie within', (_, cpus, share) => {
    const n = node(
      'n',
      cpus.map((c, i) => pod(`p${i}`, c)),
    );
    const [w, h] = [100, 60];
    const b = blocks(n, 'cpu', w, h);
    const area = cpus.map((_, i) => b[i * 4 + 2]! * b[i * 4 + 3]!);
    expect(area.reduce((s, a) => s + a, 0)).toBeCloseTo(share * w * h, 1);
    expect(area[0]! / area[1]!).toBeCloseTo(cpus[0]! / cpus[1]!, 3);
    cpus.forEach((_, i) => {
      expect(b[i * 4]! + b[i * 4 + 2]!).toBeLessThanOrEqual(w + 0.01);
      expect(b[i * 4 + 1]! + b[i * 4 + 3]!).toBeLessThanOrEqual(h + 0.01);
    });
  });
  test('a pod that asks for nothing still shows', () => {
    const b = blocks(node('n', [pod('p', 0)]), 'cpu', 100, 60);
    expect(b[2]! * b[3]!).toBeGreaterThan(0);
  });
});
