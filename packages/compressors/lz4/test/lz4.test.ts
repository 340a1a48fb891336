import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import type { Store } from '@spillway/core';
import { compressorSuite, conformance } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { firstOf, fromLz4, fromLz4Napi, loadEngine } from '../src/engine.js';
import { LZ4 } from '../src/index.js';
import { withEngine } from '../src/lz4.js';

const require = createRequire(import.meta.url);
const engines = {
  lz4: fromLz4(require('lz4')),
  'lz4-napi': fromLz4Napi(require('lz4-napi')),
  both: loadEngine(),
};
const folder = fileURLToPath(new URL('..', import.meta.url));
const bytes = (...values: number[]) => Uint8Array.from(values);

conformance('LZ4(Dict())', () => LZ4(Dict()), { layer: LZ4, framed: true });

describe.each(Object.entries(engines))('LZ4 on %s', (name, engine) => {
  compressorSuite({
    name: 'LZ4',
    make: (store: Store, options) => withEngine(engine, store, options),
    memory: Dict,
    pooled: name === 'both',
    checksum: false,
    wrong: {
      'nothing in it': bytes(),
      'a size alone': bytes(4, 0, 0, 0),
      'a size of 4 GB in 20 bytes': bytes(0xff, 0xff, 0xff, 0xff, ...new Array(16).fill(0)),
      'a size that is too small': bytes(1, 0, 0, 0, 0x20, 0x61, 0x62),
      'a size that is too large': bytes(3, 0, 0, 0, 0x20, 0x61, 0x62),
      'a match from before its start': bytes(9, 0, 0, 0, 0x14, 0x61, 0x05, 0x00, 0x10, 0x61),
      'a length that never ends': bytes(200, 0, 0, 0, 0xf0, 0xff, 0xff, 0xff, 0xff),
    },
    ...(name === 'both' && { built: { folder, memory: '@spillway/dict' } }),
    python: {
      module: 'lz4.block',
      compress: 'lz4.block.compress',
      decompress: 'lz4.block.decompress',
    },
  });

  it('takes no block that a C integer has no room for', () => {
    expect(() => engine.decompress(bytes(0, 0, 0, 0x80, 0), 2 ** 31, 1)).toThrow(
      'more than an LZ4 block holds',
    );
    const long = Object.create(Uint8Array.prototype, { length: { value: 2 ** 31 } }) as Uint8Array;
    expect(() => engine.compress(long, 1)).toThrow('more than an LZ4 block holds');
  });
});

describe('the library of LZ4', () => {
  const missing =
    (...names: string[]) =>
    (name: string) => {
      if (names.includes(name)) throw new Error(`Cannot find module '${name}'`);
      return require(name);
    };

  it('is lz4 where it can be loaded', async () => {
    const value = new TextEncoder().encode(
      'a value that is not short, and compresses, and compresses'.repeat(20),
    );
    expect(Uint8Array.from(await loadEngine().compress(value, 1))).toEqual(
      Uint8Array.from(await engines.lz4.compress(value, 1)),
    );
  });

  it('is lz4-napi where lz4 is missing', async () => {
    const loaded: string[] = [];
    const engine = firstOf((name) => {
      loaded.push(name);
      return missing('lz4')(name);
    });
    expect(loaded).toEqual(['lz4', 'lz4-napi']);
    await using inner = Dict();
    await withEngine(engine, inner).append({ a: bytes(1, 2, 3) });
    expect(Uint8Array.from(await LZ4(inner).get('a'))).toEqual(bytes(1, 2, 3));
  });

  it('is named when there is none', () => {
    expect(() => firstOf(missing('lz4', 'lz4-napi'))).toThrow(
      'LZ4 needs the package lz4 or lz4-napi',
    );
  });

  it('works in worker threads, also in several at once', () => {
    const work = `
      import { parentPort } from 'node:worker_threads';
      import { Dict } from '@spillway/dict';
      import { LZ4 } from './dist/index.js';
      const store = LZ4(Dict());
      await store.append({ a: Uint8Array.of(1, 2, 3) });
      parentPort.postMessage((await store.get('a')).join());`;
    const main = `
      import { Worker } from 'node:worker_threads';
      for (let i = 0; i < 3; i++) {
        new Worker(${JSON.stringify(work)}, { eval: true }).on('message', (message) => console.log(message));
      }`;
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', main], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(printed).toBe('1,2,3\n1,2,3\n1,2,3\n');
  });
});
