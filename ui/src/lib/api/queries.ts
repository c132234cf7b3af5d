/** Operations as cached queries. The cache is dropped when the world or its revision changes. */
import { createQuery, QueryClient } from '@tanstack/svelte-query';
import {
  ApiError,
  bytes,
  callByName,
  type BareName,
  type Input,
  type InputOf,
  type OperationName,
  type ResultOf,
} from './client';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchOnWindowFocus: false,
      retry: (n, error) => n < 2 && !(error instanceof ApiError && error.code !== 'unreachable'),
    },
  },
});

export interface OperationOptions {
  /** When it returns false nothing is asked. */
  enabled?: () => boolean;
  /** Asks again after this many ms; false stops. */
  refetchMs?: () => number | false;
  staleMs?: number;
  /** Keeps showing the previous answer while another input loads. */
  keep?: boolean;
}

function options<T>(
  name: string,
  kind: 'json' | 'bytes',
  ask: (i: Input) => Promise<T>,
  input: () => Input,
  opts: OperationOptions,
) {
  const given = input();
  return {
    queryKey: [name, kind, given] as const,
    queryFn: () => ask(given),
    enabled: opts.enabled?.() ?? true,
    refetchInterval: opts.refetchMs?.() ?? (false as const),
    ...(opts.staleMs === undefined ? {} : { staleTime: opts.staleMs }),
    ...((opts.keep ?? true) ? { placeholderData: (previous: unknown) => previous as T | undefined } : {}),
  };
}

/** What a page reads from a query; reactive. */
export interface OperationQuery<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  readonly isPending: boolean;
  readonly isFetching: boolean;
  readonly isError: boolean;
  readonly isSuccess: boolean;
  readonly isPlaceholderData: boolean;
  refetch(): Promise<unknown>;
}

/** Asks an operation and keeps its answer. Call it while a component initialises; `input` is reactive. */
export function useOperation<N extends OperationName>(
  name: N,
  input: () => InputOf<N>,
  opts?: OperationOptions,
): OperationQuery<ResultOf<N>>;
export function useOperation<N extends BareName>(name: N): OperationQuery<ResultOf<N>>;
export function useOperation(
  name: OperationName,
  input: () => Input = () => ({}),
  opts: OperationOptions = {},
): OperationQuery<unknown> {
  return createQuery(() =>
    options(name, 'json', (i) => callByName(name, i), input, opts),
  ) as OperationQuery<unknown>;
}

/** Same as {@link useOperation} for operations that answer raw bytes. */
export function useBytes<N extends OperationName>(
  name: N,
  input: () => InputOf<N>,
  opts: OperationOptions = {},
): OperationQuery<ArrayBuffer> {
  return createQuery(() =>
    options(name, 'bytes', (i) => bytes(name, i), input, opts),
  ) as OperationQuery<ArrayBuffer>;
}

/** Drops cached answers: of the named operations, or all. */
export function invalidate(...names: readonly string[]): Promise<void> {
  return queryClient.invalidateQueries(
    names.length ? { predicate: (q) => names.includes(String(q.queryKey[0])) } : {},
  );
}
