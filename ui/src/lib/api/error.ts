/** The one error every door raises, with a code the window may match on and words for a person. */

export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly details: unknown = undefined,
    readonly status: number = 0,
    readonly operation: string = '',
  ) {
    super(message);
    this.name = 'ApiError';
  }

  /** The field of the input that it names; null where it names none. */
  get field(): string | null {
    return (this.details as { field?: string } | null | undefined)?.field ?? null;
  }
}

const REMEDY: Record<string, string> = {
  unauthorized: 'Open the address that `drydock serve` printed; it signs this browser in.',
  forbidden: 'This needs a higher role than yours. Ask the owner of the lab.',
  not_found: 'It may have been deleted or renamed. Go back and choose again.',
  conflict: 'Something else changed it first. Reload and try again.',
  bad_input: 'Mend the field it names and send again.',
  rate_limited: 'Wait a moment, then try again.',
  unreachable: 'Check that Drydock is still running, then try again.',
};

/** Whether a part of the window itself, the code or the look of a page, could not be fetched. */
export const unfetched = (error: unknown): boolean =>
  error instanceof Error &&
  /preload CSS|dynamically imported module|importing a module script/i.test(error.message);

/** What happened and what to do about it. */
export function describe(error: unknown): { what: string; remedy: string } {
  if (error instanceof ApiError)
    return {
      what: error.message,
      remedy: REMEDY[error.code] ?? 'Try again; if it stays, copy the detail into an issue.',
    };
  if (unfetched(error))
    return { what: 'A part of the window could not be fetched.', remedy: REMEDY['unreachable']! };
  return {
    what: error instanceof Error ? error.message : String(error),
    remedy: 'This is a fault of the window itself. Copy the detail into an issue.',
  };
}

/** The envelope every door answers in. */
export type Envelope =
  | { success: true; data: unknown; next?: string | null }
  | { success: false; error: string; code?: string; details?: unknown };

/** Where the list after an answer begins; kept beside the answer so that its shape stays as it is. */
const cursors = new WeakMap<object, string>();
export function nextOf(data: unknown): string | null {
  return typeof data === 'object' && data !== null ? (cursors.get(data) ?? null) : null;
}

/** Takes the data out of an envelope or raises its error. */
export function open(envelope: unknown, operation: string, status = 0): unknown {
  const e = envelope as Partial<Record<string, unknown>> | null;
  if (e && e['success'] === true) {
    if (typeof e['next'] === 'string' && typeof e['data'] === 'object' && e['data'] !== null)
      cursors.set(e['data'], e['next']);
    return e['data'];
  }
  if (e && e['success'] === false)
    throw new ApiError(
      String(e['code'] ?? codeOf(status)),
      String(e['error'] ?? 'no message'),
      e['details'],
      status,
      operation,
    );
  throw new ApiError(
    'malformed',
    `The answer to ${operation} is not an envelope`,
    envelope,
    status,
    operation,
  );
}

/** A code from an HTTP status, for answers that carry none. */
export function codeOf(status: number): string {
  return (
    {
      400: 'invalid',
      401: 'unauthorized',
      403: 'forbidden',
      404: 'not_found',
      409: 'conflict',
      422: 'invalid',
      429: 'rate_limited',
    }[status] ?? 'internal'
  );
}
