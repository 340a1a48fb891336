import { SpillwayError } from '@spillway/core';
import { Body, packError, unpackError } from '@spillway/wire';

/** An error on its way between threads, where classes of ours get lost. */
export type Failure = { readonly packed: Uint8Array } | { readonly error: unknown };

export function packFailure(error: unknown): Failure {
  return error instanceof SpillwayError ? { packed: packError(error) } : { error };
}

export function unpackFailure(failure: Failure): unknown {
  if ('error' in failure) return failure.error;
  return unpackError(new Body(failure.packed, 'a thread'));
}
