import { KeyError, ProtocolError } from '@spillway/core';

/** Runs a reader on bytes that may be anything: it may throw a `ProtocolError` or `KeyError`, nothing else. */
export function expectKnown(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof ProtocolError) && !(error instanceof KeyError)) throw error;
  }
}
