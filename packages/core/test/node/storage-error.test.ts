import { mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { StorageError } from '../../src/index.js';
import { storageError, systemCode } from '../../src/node/index.js';

describe('storageError', () => {
  it('keeps the code and the cause, and names the path', () => {
    const cause = caught(() => readFileSync('/no/such/file'));
    const error = storageError(cause, 'read', '/no/such/file', { key: 'file' });
    expect(error).toBeInstanceOf(StorageError);
    expect(error).toMatchObject({ code: 'ENOENT', path: '/no/such/file', key: 'file', cause });
    expect((error as Error).message).toBe("can't read /no/such/file: it does not exist (ENOENT)");
  });

  it('says for a full disk how much was wanted and is free, also below what is not there', () => {
    const cause = Object.assign(new Error('no space'), { code: 'ENOSPC', syscall: 'write' });
    const path = join(tmpdir(), 'not', 'there', 'yet');
    const error = storageError(cause, 'write', path, { wanted: 10 }) as StorageError;
    expect(error).toMatchObject({ code: 'ENOSPC', path, wanted: 10 });
    expect(error.free).toBeGreaterThanOrEqual(0);
    expect(error.message).toContain(`10 bytes wanted, ${error.free} bytes free`);
  });

  it('lets errors pass that are not the system’s', () => {
    const own = new StorageError('own');
    const other = new TypeError('other');
    expect([storageError(own, 'read', '/'), storageError(other, 'read', '/')]).toEqual([
      own,
      other,
    ]);
    expect([systemCode(own), systemCode(other), systemCode(null)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(systemCode(caught(() => mkdirSync(tmpdir())))).toBe('EEXIST');
  });
});

function caught(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
