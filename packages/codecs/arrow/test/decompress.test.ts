import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { itWithPython } from '@spillway/core/conformance';
import { CompressionType } from 'apache-arrow';
import { Decompressor } from '../src/decompress.js';
import { decodeLz4Frame } from '../src/lz4-frame.js';
import { xxh32 } from '../src/xxh32.js';

/** Prints frames of these bytes, one a line. */
const SAMPLES = `
import hashlib, random
random.seed(7)
samples = [b'', b'a', b'ab' * 1000, bytes(300000), random.randbytes(40000), bytes(random.choices(b'abcd', k=50000))]
`;

const LZ4 = `${SAMPLES}
import lz4.frame as lz4
for data in samples:
    for options in (dict(), dict(content_checksum=True), dict(block_checksum=True, block_linked=False), dict(store_size=False, block_size=lz4.BLOCKSIZE_MAX4MB)):
        print(len(data), hashlib.sha256(data).hexdigest(), lz4.compress(data, **options).hex())
`;

const ZSTD = `${SAMPLES}
import zstandard
for data in samples:
    for options in (dict(), dict(write_checksum=True), dict(level=19), dict(write_content_size=False)):
        print(len(data), hashlib.sha256(data).hexdigest(), zstandard.ZstdCompressor(**options).compress(data).hex())
`;

const framesOf = (printed: string) =>
  printed
    .trim()
    .split('\n')
    .map((line) => {
      const [length, hash, frame] = line.split(' ') as [string, string, string];
      return { length: Number(length), hash, frame: Buffer.from(frame, 'hex') };
    });

/** A compressed buffer as Arrow has it. */
function buffer(length: number, frame: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + frame.length);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(length), true);
  bytes.set(frame, 8);
  return bytes;
}

describe('buffers compressed by others', () => {
  for (const [name, program, module, type] of [
    ['LZ4', LZ4, 'lz4.frame', CompressionType.LZ4_FRAME],
    ['Zstandard', ZSTD, 'zstandard', CompressionType.ZSTD],
  ] as const) {
    itWithPython(
      [module],
      `are read: ${name}, and refused when they are of another length`,
      async (python) => {
        const frames = framesOf(python(program));
        expect(frames.length).toBe(24);
        for (const { length, hash, frame } of frames) {
          const decompressed = new Decompressor().decompress(buffer(length, frame), type);
          expect(createHash('sha256').update(decompressed).digest('hex')).toBe(hash);
          for (const other of [length - 1, length + 1]) {
            if (other < 0) continue;
            expect(() => new Decompressor().decompress(buffer(other, frame), type)).toThrow(
              RangeError,
            );
          }
        }
      },
    );
  }

  itWithPython(['lz4.frame'], 'are checked where they have checksums', async (python) => {
    const frames = framesOf(python(LZ4)).filter(
      ({ length }, i) => length <= 2000 && (i % 4 === 1 || i % 4 === 2),
    );
    for (const { length, frame } of frames) {
      for (let at = 4; at < frame.length; at += 1 + Math.floor(frame.length / 50)) {
        const damaged = Uint8Array.from(frame);
        damaged[at] = (damaged[at] as number) ^ 0x10;
        expect(() => decodeLz4Frame(damaged, length)).toThrow('a buffer is no LZ4 frame: ');
      }
    }
  });

  it('are as they are where they say so', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const decompressed = new Decompressor().decompress(buffer(-1, bytes), CompressionType.ZSTD);
    expect([...decompressed]).toEqual([1, 2, 3]);
  });
});

describe('xxh32', () => {
  it.each([
    ['', 0x02cc5d05],
    ['a', 0x550d7456],
    ['abc', 0x32d153ff],
    ['Nobody inspects the spammish repetition', 0xe2293b2f],
  ])('of %j', (text, hash) => {
    expect(xxh32(new TextEncoder().encode(text))).toBe(hash);
  });
});
