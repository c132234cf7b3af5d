/** Texts of code: what is wrong and where, and the least that makes one text another. */
import { describe, expect, test } from 'vitest';
import { difference } from '../../src/lib/code/editor';
import { jsonFault, refused, yamlFault } from '../../src/lib/code/faults';
import { lineOfChange } from '../../src/pages/scheduler/whatif/text';

describe('YAML', () => {
  test.each<[string, number | null]>([
    ['a: 1\n', null],
    ['', null],
    ['a: 1\n---\nb: 2\n', null],
    ['{"a": 1}', null],
    ['a: 1\nb: [1\nc: 2\n', 3],
    ['a: 1\n---\nb: 1\nb: 2\n', 4],
  ])('%j is wrong at line %s', (text, line) => expect(yamlFault(text)?.line ?? null).toBe(line));
});

describe('JSON', () => {
  test.each<[string, number | null]>([
    ['{"a": 1}', null],
    ['{\n  "a": 1,\n  b: 2\n}', 3],
    ['{\n  "a": 1\n  "b": 2\n}', 3],
    ['{\n  "a": [1', 2],
    ['a: 1', 1],
  ])('%j is wrong at line %s', (text, line) => expect(jsonFault(text)?.line ?? null).toBe(line));
  test('what only JSON refuses is told, if not placed', () => {
    expect(jsonFault('[1,]')).toMatchObject({ message: expect.any(String) });
  });
});

describe('a refusal', () => {
  const text = `apiVersion: v1
profiles:
  - schedulerName: a
    plugins:
      score:
        enabled:
          - name: NodePorts
          - name: ImageLocality
`;
  test.each<[string, number | null]>([
    ['configuration.yaml: line 2, column 2: did not find expected node content', 2],
    ['KubeSchedulerConfiguration: profiles is 3, expected a list', 2],
    ['KubeSchedulerConfiguration: profiles[0].plugins.score.enabled[1].name is "x", expected a plugin', 8],
    ['KubeSchedulerConfiguration: profiles[0].plugins.score.enabled[1] is {}, expected a plugin', 8],
    ['KubeSchedulerConfiguration: profiles[0].plugins.filter is missing, expected a set', 4],
    ['KubeSchedulerConfiguration: kind is missing, expected KubeSchedulerConfiguration', null],
    ['nothing of it is known', null],
  ])('%s', (message, line) => expect(refused(text, message)).toEqual({ line, message }));
  test('is placed nowhere in a text that does not read', () =>
    expect(refused('a: [\n', 'a is 3, expected a list').line).toBeNull());
});

test.each<[string, number, string, number | null]>([
  [
    'changes:\n  - type: failZone\n    zone: a\n  - type: failNodes\n    nodes:\n      - a\n',
    1,
    'nodes[0]',
    6,
  ],
  ['changes:\n  - type: failZone\n    zone: a\n', 0, 'zone', 3],
  ['- type: failZone\n  zone: a\n- type: failNodes\n', 1, 'nodes', 3],
  ['{"changes": [\n{"type": "failZone",\n"zone": "a"}]}', 0, '', 2],
  ['changes: [', 0, 'zone', null],
])('of %j, change %i has its %s at line', (text, at, field, line) =>
  expect(lineOfChange(text, at, field)).toBe(line),
);

test.each<[string, string, ReturnType<typeof difference>]>([
  ['', '', [0, 0, '']],
  ['a', 'a', [1, 1, '']],
  ['', 'abc', [0, 0, 'abc']],
  ['abc', '', [0, 3, '']],
  ['aaa', 'aa', [2, 3, '']],
  ['aba', 'ababa', [3, 3, 'ba']],
  ['zone: a\nzone: b\n', 'zone: a\nzone: c\n', [14, 15, 'c']],
  ['one two three', 'one 2 three', [4, 7, '2']],
])('%j becomes %j by replacing no more than %j', (before, after, expected) => {
  const [from, to, insert] = difference(before, after);
  expect([from, to, insert]).toEqual(expected);
  expect(before.slice(0, from) + insert + before.slice(to)).toBe(after);
});
