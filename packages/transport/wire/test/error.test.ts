import { describe, expect, it } from '@jest/globals';
import * as core from '@spillway/core';
import fc from 'fast-check';
import { Body, packError, unpackError } from '../src/index.js';

const again = (error: unknown) => unpackError(new Body(packError(error), 'an error'));

describe('errors on the wire', () => {
  const classes = Object.values(core).filter(
    (value): value is typeof core.KeyError =>
      typeof value === 'function' && value.prototype instanceof core.SpillwayError,
  );

  it.each(classes.map((one) => [one.name, one] as const))('a %s is one again', (_, one) => {
    const fields = {
      key: 'k',
      path: '/p',
      address: 'ipc://a',
      frame: 1,
      offset: 2,
      field: 'f',
      holder: 'h',
      wanted: 3,
      free: 0,
      timeout: 5,
    };
    const error = again(new one('what happened', fields));
    expect(error.constructor).toBe(one);
    expect(error.message).toBe('what happened');
    expect(error.code).toBe(new one('').code);
    expect(error).toMatchObject(fields);
  });

  it('cover every class of core', () => {
    expect(classes.length).toBe(12);
  });

  it("a StorageError keeps the system's code", () => {
    const error = again(new core.StorageError('disk full', { code: 'ENOSPC', path: '/p' }));
    expect(error).toMatchObject({ code: 'ENOSPC', path: '/p' });
  });

  it('leave fields out that are not set', () => {
    expect(Object.keys(again(new core.KeyError('bad'))).sort()).toEqual(['code', 'name']);
  });

  it('of no class of ours become a StorageError that says so', () => {
    const error = again(new RangeError('out of range'));
    expect(error).toBeInstanceOf(core.StorageError);
    expect(error.message).toBe('the server failed: RangeError: out of range');
    expect(again('a string').message).toBe('the server failed: a string');
  });

  it('are cut when they are long', () => {
    const error = again(new core.KeyError('m'.repeat(100_000), { key: 'k'.repeat(100_000) }));
    expect(error.message.length).toBe(4096);
    expect(error.key?.length).toBe(4096);
  });

  it('that are any bytes or any JSON are a ProtocolError or a SpillwayError', () => {
    const json = fc.json().map((text) => Buffer.from(text));
    const fields = fc
      .record({
        name: fc.anything(),
        message: fc.anything(),
        code: fc.anything(),
        key: fc.anything(),
      })
      .map((value) => Buffer.from(JSON.stringify(value) ?? ''));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), json, fields), (bytes) => {
        let error: unknown;
        try {
          error = unpackError(new Body(bytes, 'an error'));
        } catch (thrown) {
          error = thrown;
          expect(error).toBeInstanceOf(core.ProtocolError);
        }
        expect(error).toBeInstanceOf(core.SpillwayError);
      }),
      { numRuns: 500 },
    );
  });
});
