import { expect } from '@jest/globals';
import { ClosedError, KeyError, SchemaError, SpillwayError } from '../errors.js';
import { quote } from '../key.js';

/** What a call rejects with. Fails when it resolves, and when it throws instead of rejecting. */
export async function rejection(call: () => Promise<unknown>): Promise<unknown> {
  const promise = call();
  expect(typeof promise.then).toBe('function');
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('the call resolved, and should have rejected');
}

/** Fails unless a call rejects because its store is closed. */
export async function expectClosed(call: () => Promise<unknown>): Promise<void> {
  const error = await rejection(call);
  expect(error).toBeInstanceOf(ClosedError);
  expect(error).toMatchObject({ name: 'ClosedError', code: 'SPILLWAY_CLOSED' });
}

/** Fails unless a call rejects because of a key, which a string names in field and message. */
export async function expectKeyError(call: () => Promise<unknown>, key: unknown): Promise<void> {
  const error = await rejection(call);
  expect(error).toBeInstanceOf(KeyError);
  expect(error).toMatchObject({ name: 'KeyError', code: 'SPILLWAY_KEY' });
  if (typeof key !== 'string') return;
  expect((error as KeyError).key).toBe(key);
  if (key.length > 0) expectNamed(error as KeyError, key);
}

/** Fails unless a call rejects because of the value of `key`. */
export async function expectSchemaError(call: () => Promise<unknown>, key: string): Promise<void> {
  const error = await rejection(call);
  expect(error).toBeInstanceOf(SchemaError);
  expect(error).toMatchObject({ name: 'SchemaError', code: 'SPILLWAY_SCHEMA', key });
  expectNamed(error as SchemaError, key);
}

/** Fails unless the message names the key as it is quoted, up to where a long one is cut. */
export function expectNamed(error: SpillwayError, key: string): void {
  expect(error).toBeInstanceOf(SpillwayError);
  expect(error.message).toContain(quote(key).slice(0, 60));
}
