/** What an error is about. Which fields are set depends on the class; the message always names them too. */
export interface ErrorDetails {
  /** The error underneath. */
  readonly cause?: unknown;
  /** The key concerned. */
  readonly key?: string;
  /** The file or directory concerned. */
  readonly path?: string;
  /** The server address concerned. */
  readonly address?: string;
  /** Index of the frame within the key's value, from 0. */
  readonly frame?: number;
  /** Place of the damage, in bytes from the start of {@link path} or of the value. */
  readonly offset?: number;
  /** The column or field concerned. */
  readonly field?: string;
  /** Who holds the lock, e.g. `process 4711 on worker-3`. */
  readonly holder?: string;
  /** Bytes that were wanted. */
  readonly wanted?: number;
  /** Bytes that were free, or the largest number allowed. */
  readonly free?: number;
  /** How long was waited, in milliseconds. */
  readonly timeout?: number;
}

/** Base of every error Spillway throws on purpose. `code` never changes between versions. */
export abstract class SpillwayError extends Error implements ErrorDetails {
  abstract readonly code: string;
  declare readonly key?: string;
  declare readonly path?: string;
  declare readonly address?: string;
  declare readonly frame?: number;
  declare readonly offset?: number;
  declare readonly field?: string;
  declare readonly holder?: string;
  declare readonly wanted?: number;
  declare readonly free?: number;
  declare readonly timeout?: number;

  constructor(message: string, { cause, ...details }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    Object.assign(this, details);
    this.name = new.target.name;
  }
}

/** A key that is empty, too long, not a string, or not valid Unicode. Nothing was written. */
export class KeyError extends SpillwayError {
  readonly code = 'SPILLWAY_KEY';
}

/**
 * The storage underneath refused: a full disk, a missing permission, a path that is a file.
 * `code` is the system's own (`ENOSPC`, `EACCES`, `ENOTDIR`, …).
 */
export class StorageError extends SpillwayError {
  readonly code: string;

  constructor(
    message: string,
    { code, ...details }: ErrorDetails & { readonly code?: string } = {},
  ) {
    super(message, details);
    this.code = code ?? 'SPILLWAY_STORAGE';
  }
}

/** A call on a store, server or client after its `close()`. */
export class ClosedError extends SpillwayError {
  readonly code = 'SPILLWAY_CLOSED';
}

/** Stored bytes that are not what they should be: torn, foreign, of another codec, of a size that lies. */
export class CorruptError extends SpillwayError {
  readonly code = 'SPILLWAY_CORRUPT';
}

/** A value of the wrong type or schema for the store, layer or key it was given to. Nothing was written. */
export class SchemaError extends SpillwayError {
  readonly code = 'SPILLWAY_SCHEMA';
}

/** A lock that was not to be had within its `lockTimeout`; `holder` says who has it. */
export class LockError extends SpillwayError {
  readonly code = 'SPILLWAY_LOCK';
}

/** A message from the other side that is not of the protocol. */
export class ProtocolError extends SpillwayError {
  readonly code = 'SPILLWAY_PROTOCOL';
}

/** An address that can't be bound or reached, or a server that is gone. */
export class ConnectionError extends SpillwayError {
  readonly code = 'SPILLWAY_CONNECTION';
}

/** An answer that did not come in time. */
export class TimeoutError extends SpillwayError {
  readonly code = 'SPILLWAY_TIMEOUT';
}

/** A peer that is not allowed in, or an address that would need keys. */
export class AuthError extends SpillwayError {
  readonly code = 'SPILLWAY_AUTH';
}

/** A value, batch or message over its limit; `wanted` and `free` say by how much. */
export class TooLargeError extends SpillwayError {
  readonly code = 'SPILLWAY_TOO_LARGE';
}

/** A change whose acknowledgement was lost for good: it may or may not have been applied. */
export class UnknownOutcomeError extends SpillwayError {
  readonly code = 'SPILLWAY_UNKNOWN_OUTCOME';
}
