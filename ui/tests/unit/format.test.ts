import { expect, test } from 'vitest';
import * as f from '$lib/format';

const table = <A extends unknown[]>(name: string, fn: (...a: A) => string, rows: [A, string][]) =>
  test.each(rows)(`${name} %j reads %s`, (input, expected) => {
    expect(fn(...input)).toBe(expected);
  });

table('cores', f.cores, [
  [[1.434], '1.43 cores'],
  [[1], '1 core'],
  [[0.25], '0.25 cores'],
  [[0.0182], '18.2 mcores'],
  [[0], '0 cores'],
  [[null], '–'],
  [[NaN], '–'],
]);
table('bytes', f.bytes, [
  [[512 * 1024 ** 2], '512 MiB'],
  [[1.5 * 1024 ** 3], '1.5 GiB'],
  [[1023], '1,023 B'],
  [[0], '0 B'],
  [[undefined], '–'],
]);
table('ms', f.ms, [
  [[84], '84 ms'],
  [[1240], '1.24 s'],
  [[0.4], '400 µs'],
  [[0], '0 ms'],
  [[200_000], '3 min 20 s'],
  [[Infinity], '–'],
]);
table('seconds', f.seconds, [
  [[0.084], '84 ms'],
  [[12], '12 s'],
  [[7500], '2 h 5 min'],
  [[90_000], '1 d 1 h'],
]);
table('percent', f.percent, [
  [[0.9993], '99.93 %'],
  [[0.224], '22 %'],
  [[0.0084], '0.84 %'],
  [[0], '0 %'],
  [[1], '100 %'],
  [[1.19], '119 %'],
  [[null], '–'],
]);
table('money', f.money, [
  [['12.4', 'USD'], '$12.40'],
  [['0.1000000000000000055', 'USD'], '$0.10'],
  [['2.675', 'USD'], '$2.68'],
  [['1234567.891', 'EUR'], '€1,234,567.89'],
  [['0.000123', 'USD'], '$0.00012'],
  [['9.999', 'CHF'], '10.00 CHF'],
  [['-0.001', 'USD', 2], '$0.00'],
  [['-3.5', 'USD'], '-$3.50'],
  [['0', 'USD'], '$0.00'],
  [[null, 'USD'], '–'],
  [['12,4', 'USD'], '–'],
]);
table('moneyPerHour', f.moneyPerHour, [
  [[{ amount: '12.40', currency: 'USD' }], '$12.40/h'],
  [[null], '–'],
]);
table('count', f.count, [
  [[18204], '18,204'],
  [[0], '0'],
  [[null], '–'],
]);
table('short', f.short, [
  [[4000], '4 k'],
  [[1_200_000], '1.2 M'],
  [[250], '250'],
]);
table('simTime', f.simTime, [
  [[38_600], 'day 1 10:43:20'],
  [[86_400], 'day 2 00:00:00'],
  [[null], '–'],
]);
table('clock', f.clock, [
  [[38_600], '10:43:20'],
  [[38_600, false], '10:43'],
]);
table('age', f.age, [
  [[1000, 31_000], '30 s'],
  [['1970-01-01T00:00:00Z', 10_800_000], '3 h'],
  [[null, 0], '–'],
]);
table('plural', f.plural, [
  [[1, 'pod'], '1 pod'],
  [[3, 'pod'], '3 pods'],
  [[2000, 'pod'], '2,000 pods'],
]);

test('nanoseconds survive beyond the exact range of floats', () => {
  expect(f.nsToSeconds('38600000000000')).toBe(38_600);
  expect(f.nsToSeconds('x')).toBeNull();
  expect(f.nsToSeconds(null)).toBeNull();
  expect(f.secondsToNs(38_600.5)).toBe('38600500000000');
});
