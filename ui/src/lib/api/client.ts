/** The window's one way to Drydock: operations by name, whichever door it came through. */
import type { operations } from './schema';
import { HttpTransport } from './transport/http';
import { TauriTransport } from './transport/tauri';
import type { Input, Transport } from './transport/transport';

export { ApiError, describe } from './error';
export type { Input } from './transport/transport';

/** Names of the operations the OpenAPI document lists. */
export type OperationName = keyof operations & string;

type None = Record<never, never>;
type Given<T> = [T] extends [never] ? None : T extends undefined ? None : NonNullable<T>;
type Query<O> = O extends { parameters: { query?: infer Q } } ? Given<Q> : None;
type Path<O> = O extends { parameters: { path?: infer P } } ? Given<P> : None;
type Body<O> = O extends { requestBody?: infer R }
  ? NonNullable<R> extends { content: { 'application/json': infer B } }
    ? B
    : None
  : None;
/** What an operation takes. */
export type InputOf<N extends OperationName> = Query<operations[N]> &
  Path<operations[N]> &
  Body<operations[N]>;

type Json<R> = R extends { content: { 'application/json': infer J } } ? J : never;
type Answer<O> = O extends { responses: infer R }
  ? R extends { 200: infer A }
    ? Json<A>
    : R extends { 202: infer A }
      ? Json<A>
      : never
  : never;
/** What an operation answers: the `data` of its envelope. */
export type ResultOf<N extends OperationName> =
  Answer<operations[N]> extends { data?: infer D } ? Exclude<D, undefined> : unknown;

export const inDesktop = typeof window !== 'undefined' && '__TAURI_INTERNALS__' in window;
export const transport: Transport = inDesktop ? new TauriTransport() : new HttpTransport();

/** Called with every error a call raises, before it reaches the caller. */
const watchers = new Set<(error: unknown) => void>();
export function onError(watch: (error: unknown) => void): () => void {
  watchers.add(watch);
  return () => watchers.delete(watch);
}
async function watched<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    for (const watch of watchers) watch(error);
    throw error;
  }
}

/** Runs an operation. Types follow the OpenAPI document; `call<T>(…)` states the answer by hand. */
export function call<N extends OperationName>(name: N, input: InputOf<N>): Promise<ResultOf<N>>;
export function call<T>(name: string, input?: Input): Promise<T>;
export function call(name: string, input: Input = {}): Promise<unknown> {
  return watched(transport.call(name, input));
}

/** Runs an operation that answers with raw bytes. */
export function bytes(name: string, input: Input = {}): Promise<ArrayBuffer> {
  return watched(transport.bytes(name, input));
}
