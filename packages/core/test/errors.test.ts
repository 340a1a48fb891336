import { describe, expect, it } from '@jest/globals';
import * as core from '@spillway/core';
import { SpillwayError, StorageError } from '@spillway/core';

const codes = {
  KeyError: 'SPILLWAY_KEY',
  StorageError: 'SPILLWAY_STORAGE',
  ClosedError: 'SPILLWAY_CLOSED',
  CorruptError: 'SPILLWAY_CORRUPT',
  SchemaError: 'SPILLWAY_SCHEMA',
  LockError: 'SPILLWAY_LOCK',
  ProtocolError: 'SPILLWAY_PROTOCOL',
  ConnectionError: 'SPILLWAY_CONNECTION',
  TimeoutError: 'SPILLWAY_TIMEOUT',
  AuthError: 'SPILLWAY_AUTH',
  TooLargeError: 'SPILLWAY_TOO_LARGE',
  UnknownOutcomeError: 'SPILLWAY_UNKNOWN_OUTCOME',
} as const;

const kinds = new Map<string, unknown>(
  Object.entries(core).filter(
    ([, value]) => typeof value === 'function' && value.prototype instanceof SpillwayError,
  ),
);

describe.each(Object.entries(codes))('%s', (name, code) => {
  const Kind = kinds.get(name) as new (message: string, details?: object) => SpillwayError;

  it('has its name, its code and what it is about', () => {
    const cause = new Error('underneath');
    const details = { key: 'a', path: '/p', address: 'ipc://x', frame: 2, offset: 3, wanted: 4 };
    const error = new Kind('what failed', { cause, ...details });
    expect(error).toBeInstanceOf(SpillwayError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name, code, message: 'what failed', cause, ...details });
    expect(String(error)).toBe(`${name}: what failed`);
    expect(error.stack).toContain('errors.test.ts');
  });

  it('has no field that was not given', () => {
    const error = new Kind('what failed');
    expect('cause' in error).toBe(false);
    expect(Object.keys(error).sort()).toEqual(['code', 'name']);
  });
});

describe('StorageError', () => {
  it("has the system's code where there is one", () => {
    const error = new StorageError('no room', { code: 'ENOSPC', path: '/p', wanted: 5, free: 0 });
    expect(error).toMatchObject({ code: 'ENOSPC', path: '/p', wanted: 5, free: 0 });
  });
});

describe('Errors', () => {
  it('are all listed here', () => {
    expect([...kinds.keys()].sort()).toEqual(Object.keys(codes).sort());
  });
});
