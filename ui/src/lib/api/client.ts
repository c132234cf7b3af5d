/** The window's one way to Drydock: operations by name, whichever door it came through. */
import type { operations } from './schema';
import { pane } from '../state/pane';
import { HttpTransport } from './transport/http';
import { PaneTransport } from './transport/pane';
import { findDesktop, TauriTransport } from './transport/tauri';
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
    ? string extends keyof B // A body without fields.
      ? None
      : B
    : None
  : None;
/** What an operation takes. */
export type InputOf<N extends OperationName> = Query<operations[N]> &
  Path<operations[N]> &
  Body<operations[N]>;

type Json<R> = R extends { content: { 'application/json': infer J } } ? J : never;
/** A job still under way answers 202 with its id; what it answers in the end is the 200 or 201. */
type Answer<O> = O extends { responses: infer R }
  ? R extends { 200: infer A } | { 201: infer A }
    ? Json<A>
    : never
  : never;
/** What an operation answers: the `data` of its envelope. */
export type ResultOf<N extends OperationName> =
  Answer<operations[N]> extends { data?: infer D } ? Exclude<D, undefined> : unknown;
/** Operations that can be asked without an input. */
export type BareName = {
  [N in OperationName]: None extends InputOf<N> ? N : never;
}[OperationName];

export const inDesktop = typeof window !== 'undefined' && findDesktop();
const door: Transport = inDesktop ? new TauriTransport() : new HttpTransport();
export const transport: Transport = pane ? new PaneTransport(door, () => pane!.view().rules) : door;

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

/** Runs an operation whose name is known only as the window runs; its answer is of no known type. */
export function callByName(name: string, input: Input = {}): Promise<unknown> {
  return watched(transport.call(name, input));
}

/** Runs an operation. Types follow the OpenAPI document. */
export function call<N extends OperationName>(name: N, input: InputOf<N>): Promise<ResultOf<N>>;
export function call<N extends BareName>(name: N): Promise<ResultOf<N>>;
export function call(name: OperationName, input: Input = {}): Promise<unknown> {
  return callByName(name, input);
}

/** Runs an operation that answers with raw bytes. */
export function bytes(name: OperationName, input: Input = {}): Promise<ArrayBuffer> {
  return watched(transport.bytes(name, input));
}
