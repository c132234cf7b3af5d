/**
 * The HTTP door. The list of operations is fetched once and says which method and path a name has;
 * nothing here knows any operation by heart except the list itself.
 */
import { ApiError, codeOf, open } from '../error';
import type { Channel, Frame, Input, Resume, Transport } from './transport';

const BASE = '/api/monitoring';

interface Row {
  name: string;
  method: string;
  path: string;
}

/** Where and how an operation is asked: parameters go to the path, the rest to query or body. */
export function request(row: Row, input: Input): { url: string; method: string; body?: string } {
  const rest: Input = { ...input };
  const path = row.path.replace(/\{\*?(\w+)\}/g, (_, name: string) => {
    const value = rest[name];
    delete rest[name];
    if (value == null || value === '')
      throw new ApiError('invalid', `${row.name} needs "${name}"`, { field: name }, 0, row.name);
    return encodeURIComponent(String(value));
  });
  const url = path.startsWith('/api/') ? path : `${BASE}${path.startsWith('/') ? '' : '/'}${path}`;
  const method = row.method.toUpperCase();
  if (method !== 'GET' && method !== 'DELETE') return { url, method, body: JSON.stringify(rest) };
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(rest)) {
    if (value == null) continue;
    if (Array.isArray(value)) for (const item of value) query.append(key, String(item));
    else query.append(key, typeof value === 'object' ? JSON.stringify(value) : String(value));
  }
  const text = query.toString();
  return { url: text ? `${url}?${text}` : url, method };
}

export class HttpTransport implements Transport {
  #rows: Promise<Map<string, Row>> | null = null;

  constructor(private readonly fetcher: typeof fetch = (...args) => fetch(...args)) {}

  /** Forgets the list, e.g. after signing in. */
  reset(): void {
    this.#rows = null;
  }

  async #send(url: string, init: RequestInit, name: string): Promise<Response> {
    try {
      return await this.fetcher(url, { credentials: 'same-origin', ...init });
    } catch (cause) {
      throw new ApiError('unreachable', `Drydock did not answer (${name})`, String(cause), 0, name);
    }
  }

  #list(): Promise<Map<string, Row>> {
    this.#rows ??= this.#send(`${BASE}/operations`, {}, 'operations')
      .then((r) => unwrap(r, 'operations'))
      .then((rows) => new Map((rows as Row[]).map((row) => [row.name, row])))
      .catch((error: unknown) => {
        this.#rows = null;
        throw error;
      });
    return this.#rows;
  }

  async #ask(name: string, input: Input): Promise<Response> {
    const row = (await this.#list()).get(name);
    if (!row)
      throw new ApiError('not_found', `This Drydock has no operation "${name}"`, undefined, 404, name);
    const { url, method, body } = request(row, input);
    if (body === undefined) return this.#send(url, { method }, name);
    return this.#send(url, { method, headers: { 'content-type': 'application/json' }, body }, name);
  }

  async call(name: string, input: Input): Promise<unknown> {
    return unwrap(await this.#ask(name, input), name);
  }

  async bytes(name: string, input: Input): Promise<ArrayBuffer> {
    const response = await this.#ask(name, input);
    if (!response.ok) await unwrap(response, name);
    return response.arrayBuffer();
  }

  open(topics: string[], resume: Resume | null, onframe: (f: Frame) => void, onclose: () => void): Channel {
    const address = new URL(`${BASE}/stream`, location.href);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    address.search = '';
    address.hash = '';
    const socket = new WebSocket(address);
    let closed = false;
    const end = () => {
      if (closed) return;
      closed = true;
      onclose();
    };
    socket.onopen = () => socket.send(JSON.stringify({ subscribe: topics, ...(resume ? { resume } : {}) }));
    socket.onmessage = (event) => onframe(JSON.parse(String(event.data)) as Frame);
    socket.onclose = end;
    return {
      close() {
        closed = true;
        socket.close();
      },
    };
  }
}

async function unwrap(response: Response, name: string): Promise<unknown> {
  let body: unknown;
  try {
    body = await response.json();
  } catch {
    throw new ApiError(
      codeOf(response.status),
      response.status === 401 ? 'Not signed in' : `${name} answered ${response.status} without JSON`,
      undefined,
      response.status,
      name,
    );
  }
  return open(body, name, response.status);
}
