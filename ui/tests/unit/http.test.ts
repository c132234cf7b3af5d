import { describe, expect, test, vi } from 'vitest';
import { ApiError } from '$lib/api/error';
import { HttpTransport, request } from '$lib/api/transport/http';

const ROWS = [
  { name: 'operations', method: 'GET', path: '/api/monitoring/operations' },
  { name: 'world', method: 'GET', path: '/api/monitoring/worlds/{world}' },
  { name: 'run_world', method: 'POST', path: '/api/monitoring/worlds/{world}/runs' },
  { name: 'cells', method: 'GET', path: '/api/monitoring/cells' },
];

function door(answers: Record<string, () => Response>) {
  const fetcher = vi.fn((url: string | URL | Request) => {
    const answer = answers[String(url)];
    return answer ? Promise.resolve(answer()) : Promise.reject(new TypeError(`no route to ${String(url)}`));
  });
  return { door: new HttpTransport(fetcher as unknown as typeof fetch), fetcher };
}
const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
const table = { '/api/monitoring/operations': () => json({ success: true, data: ROWS }) };

describe('where an operation is asked', () => {
  test.each([
    [
      'GET',
      '/worlds/{world}',
      { world: 'a b', deep: true },
      '/api/monitoring/worlds/a%20b?deep=true',
      undefined,
    ],
    [
      'GET',
      '/api/monitoring/cells',
      { at: null, of: ['x', 'y'] },
      '/api/monitoring/cells?of=x&of=y',
      undefined,
    ],
    ['post', '/worlds/{world}/runs', { world: 'w', seed: 7 }, '/api/monitoring/worlds/w/runs', '{"seed":7}'],
    ['DELETE', '/worlds/{world}', { world: 'w' }, '/api/monitoring/worlds/w', undefined],
  ])('%s %s', (method, path, input, url, body) => {
    const got = request({ name: 'x', method, path }, input);
    expect(got).toMatchObject({ url, method: method.toUpperCase() });
    expect(got.body).toBe(body);
  });
  test('a missing path parameter is named before anything is sent', () => {
    expect(() => request({ name: 'world', method: 'GET', path: '/worlds/{world}' }, {})).toThrow(
      'world needs "world"',
    );
  });
});

describe('answers', () => {
  test('data comes out of the envelope, and the table is fetched once', async () => {
    const { door: d, fetcher } = door({
      ...table,
      '/api/monitoring/worlds/w': () => json({ success: true, data: { name: 'w' } }),
    });
    expect(await d.call('world', { world: 'w' })).toEqual({ name: 'w' });
    await d.call('world', { world: 'w' });
    expect(fetcher.mock.calls.map((c) => String(c[0]))).toEqual([
      '/api/monitoring/operations',
      '/api/monitoring/worlds/w',
      '/api/monitoring/worlds/w',
    ]);
    expect(fetcher.mock.calls[1]).toMatchObject([{}, { credentials: 'same-origin', method: 'GET' }]);
  });
  test('an error keeps code, message, details and status', async () => {
    const { door: d } = door({
      ...table,
      '/api/monitoring/worlds/w': () =>
        json({ success: false, error: 'no world "w"', code: 'not_found', details: { field: 'world' } }, 404),
    });
    const error = await d.call('world', { world: 'w' }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      code: 'not_found',
      message: 'no world "w"',
      details: { field: 'world' },
      status: 404,
      operation: 'world',
    });
  });
  test.each([
    [401, 'unauthorized'],
    [502, 'internal'],
  ])('status %i without JSON is %s', async (status, code) => {
    const { door: d } = door({
      ...table,
      '/api/monitoring/worlds/w': () => new Response('<html>', { status }),
    });
    await expect(d.call('world', { world: 'w' })).rejects.toMatchObject({ code, status });
  });
  test('an operation the table does not have is refused here', async () => {
    const { door: d } = door(table);
    await expect(d.call('nope', {})).rejects.toMatchObject({ code: 'not_found' });
  });
  test('no answer at all is unreachable, and the table is asked for again next time', async () => {
    let up = false;
    const { door: d } = door({
      '/api/monitoring/operations': () => {
        if (!up) throw new TypeError('refused');
        return json({ success: true, data: ROWS });
      },
      '/api/monitoring/cells': () => new Response(new Uint8Array([1, 2, 3])),
    });
    await expect(d.call('cells', {})).rejects.toMatchObject({ code: 'unreachable' });
    up = true;
    expect(new Uint8Array(await d.bytes('cells', {}))).toEqual(new Uint8Array([1, 2, 3]));
  });
});
