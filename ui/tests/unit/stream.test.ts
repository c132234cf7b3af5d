import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Stream } from '$lib/api/stream';
import type { Frame, Resume, Transport } from '$lib/api/transport/transport';

interface Opened {
  topics: string[];
  resume: Resume | null;
  push: (f: Frame) => void;
  drop: () => void;
}
function door() {
  const opened: Opened[] = [];
  const transport: Transport = {
    call: () => Promise.reject(new Error('unused')),
    bytes: () => Promise.reject(new Error('unused')),
    open(topics, resume, push, drop) {
      opened.push({ topics, resume, push, drop });
      return { close: () => undefined };
    },
  };
  return { opened, transport };
}
const frame = (offset: number, kind: Frame['kind'], data: unknown): Frame => ({
  topic: 'session',
  epoch: 'e1',
  offset,
  kind,
  data,
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('deltas are merged into the snapshot', () => {
  const { opened, transport } = door();
  const heard: unknown[] = [];
  const stream = new Stream(transport);
  stream.subscribe('session', (data) => heard.push(data));
  vi.advanceTimersByTime(1);
  opened[0]!.push(frame(1, 'snapshot', { time: 1, speed: 10 }));
  opened[0]!.push(frame(2, 'delta', { time: 2 }));
  opened[0]!.push(frame(3, 'heartbeat', null));
  expect(heard).toEqual([
    { time: 1, speed: 10 },
    { time: 2, speed: 10 },
  ]);
  expect(stream.state).toBe('live');
});

test('a lost channel comes back with growing waits and resumes where it stood', () => {
  const { opened, transport } = door();
  const stream = new Stream(transport);
  stream.subscribe('session', () => undefined);
  vi.advanceTimersByTime(1);
  expect(opened[0]).toMatchObject({ topics: ['session'], resume: null });
  opened[0]!.push(frame(41, 'snapshot', {}));
  opened[0]!.drop();
  expect(stream.state).toBe('lost');
  vi.advanceTimersByTime(299);
  expect(opened).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(opened[1]).toMatchObject({ resume: { epoch: 'e1', offset: 41 } });
  opened[1]!.drop();
  vi.advanceTimersByTime(599);
  expect(opened).toHaveLength(2);
  vi.advanceTimersByTime(1);
  expect(opened).toHaveLength(3);
});

test('silence counts as lost', () => {
  const { opened, transport } = door();
  const stream = new Stream(transport);
  stream.subscribe('session', () => undefined);
  vi.advanceTimersByTime(1);
  opened[0]!.push(frame(1, 'snapshot', {}));
  vi.advanceTimersByTime(20_000);
  expect(stream.state).toBe('lost');
});
