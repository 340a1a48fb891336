import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { leakFixture } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { BZ2 } from '../src/index.js';

const value = Uint8Array.from({ length: 200_000 }, (_, i) => i % 251);

describe('the threads of BZ2', () => {
  leakFixture(async () => {
    await using store = BZ2(Dict());
    await store.append({ a: value });
  });

  it('end by themselves, after many jobs at once', async () => {
    await using store = BZ2(Dict());
    await store.append(Array.from({ length: 20 }, (_, i) => [`${i}`, value.subarray(i)]));
    for (let i = 0; i < 20; i++)
      expect(Buffer.compare(await store.get(`${i}`), value.subarray(i))).toBe(0);
  });

  it('are there again for a job that comes as they end', async () => {
    await using store = BZ2(Dict());
    for (const pause of [995, 1000, 1001, 1003]) {
      await store.append({ a: value, b: value });
      await new Promise((resolve) => setTimeout(resolve, pause));
      expect((await store.pop(['a', 'b'])).map(({ length }) => length)).toEqual([200_000, 200_000]);
    }
  });

  it('keep a process running while they work, and not after', () => {
    const code = `
      import { Dict } from '@spillway/dict';
      import { BZ2 } from './dist/index.js';
      const store = BZ2(Dict());
      store.append({ a: new Uint8Array(3_000_000).fill(7) }).then(async () => {
        console.log((await store.get('a')).length);
      });`;
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', code], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      encoding: 'utf8',
    });
    expect(printed).toBe('3000000\n');
  });
});
