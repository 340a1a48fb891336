import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { settledSize } from '../src/settled-size.js';

describe('the settled size of a file', () => {
  let directory: string;
  let path: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'spillway-test-'));
    path = join(directory, 'file');
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  it('is its size when nobody writes, long ago or just now', () => {
    writeFileSync(path, 'bytes');
    const fd = openSync(path, 'r');
    expect(settledSize(fd)).toBe(5);
    utimesSync(path, 1, 1);
    expect(settledSize(fd)).toBe(5);
    closeSync(fd);
  });

  it('is never that of a file with half an append', async () => {
    writeFileSync(path, '');
    const fd = openSync(path, 'r');
    const length = 8_000_000;
    // Appends until it is killed, with pauses; a file that has grown large is emptied, which is whole as well.
    const writer = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `import { appendFileSync, openSync, fstatSync, ftruncateSync, writeSync } from 'node:fs';
       const fd = openSync('${path}', 'a');
       const piece = Buffer.alloc(${length});
       for (;;) {
         writeSync(fd, piece, 0, piece.length, null);
         if (fstatSync(fd).size > 5e8) ftruncateSync(fd, 0);
         for (const pause = performance.now() + 0.2; performance.now() < pause; );
       }`,
    ]);
    const sizes = new Set<number>();
    // A machine with other work may run the writer rarely; all that counts is that it wrote meanwhile.
    for (let round = 0; round < 300 || sizes.size < 10; round++) {
      for (let i = 0; i < 100; i++) sizes.add(settledSize(fd) ?? 0);
      await new Promise(setImmediate);
    }
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    closeSync(fd);
    expect([...sizes].filter((size) => size % length !== 0)).toEqual([]);
  });
});
