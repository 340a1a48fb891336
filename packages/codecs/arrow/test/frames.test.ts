import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { CorruptError, frame, TooLargeError } from '@spillway/core';
import { Dict } from '@spillway/dict';
import { Bool, CompressionType, Int32, tableFromArrays, tableToIPC, Utf8 } from 'apache-arrow';
import fc from 'fast-check';
import { decode } from '../src/decode.js';
import { Decompressor } from '../src/decompress.js';
import { encode } from '../src/encode.js';
import { Arrow } from '../src/index.js';
import { anySchema } from './any-schema.js';
import { plainRows } from './plain-rows.js';
import { Random, randomTable } from './random-tables.js';
import { tableOf } from './table-of.js';

const table = tableFromArrays({ n: Int32Array.of(1, 2, 3), s: ['a', 'b', 'a'] });
const good = encode(table as never);
/** Of columns whose message is laid out here. */
const flat = encode(
  tableOf({
    n: [new Int32(), [1, null, 3]],
    b: [new Bool(), [true, false, true]],
    s: [new Utf8(), ['a', 'bcd', null]],
  }),
);
const bytes = (...values: number[]) => Uint8Array.from(values);
const int32 = (...values: number[]) => new Uint8Array(Int32Array.from(values).buffer);
const join = (...parts: Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));
const peer = (name: string) => readFileSync(new URL(`./peers/${name}.arrows`, import.meta.url));

const wrong: { readonly [what: string]: Uint8Array } = {
  'nothing in it': bytes(),
  'one byte': bytes(7),
  zeros: new Uint8Array(64),
  'the end alone': int32(-1, 0),
  text: new TextEncoder().encode('{"schema": {"fields": []}, "batches": []}'),
  'an Arrow file': tableToIPC(table, 'file'),
  'metadata of 2 GB': join(int32(-1, 0x7fffffff), good),
  'metadata of a negative length': join(int32(-1, -8), good),
  'metadata that is zeros': join(int32(-1, 64), new Uint8Array(64)),
  'metadata that points past its end': join(int32(-1, 8), int32(0x7fffffff, 0)),
  'no schema': good.subarray(new DataView(good.buffer, good.byteOffset).getInt32(4, true) + 8),
  'two schemas': join(good.subarray(0, -8), good),
  'bytes behind its end': join(good, bytes(0)),
  'a length cut off': good.subarray(0, 2),
  'metadata cut off': good.subarray(0, 100),
  'a body cut off': good.subarray(0, good.length - 24),
};

async function reading(payload: Uint8Array) {
  await using inner = Dict();
  await inner.append([
    ['k', frame(good)],
    ['k', frame(payload)],
  ]);
  return Arrow(inner).get('k');
}

describe('a frame is refused', () => {
  it.each(Object.entries(wrong))('with %s', async (_, payload) => {
    const read = reading(payload);
    await expect(read).rejects.toBeInstanceOf(CorruptError);
    await expect(read).rejects.toMatchObject({ key: 'k', frame: 1 });
    await expect(read).rejects.toThrow('frame 1 of key "k" is no Arrow frame: ');
  });

  it('where it is cut, unless a message ends there', () => {
    const ends = new Set<number>();
    for (let at = 0; at < good.length; at++) {
      try {
        const rows = decode(good.subarray(0, at)).numRows;
        ends.add(at);
        expect([0, 3]).toContain(rows);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }
    // Behind the schema, the dictionary and the batch: a stream may end without saying so.
    expect(ends.size).toBe(3);
  });
});

it('a table with half a slot is refused: the library reads slots that begin, we those that end', () => {
  const damaged = Uint8Array.from(good);
  const view = new DataView(damaged.buffer);
  const root = 8 + view.getUint32(8, true);
  const layout = root - view.getInt32(root, true);
  view.setInt16(layout, view.getInt16(layout, true) - 1, true);
  expect(() => decode(damaged)).toThrow('a Message has no layout');
});

describe('compressed buffers', () => {
  const compressed = (length: bigint, name: 'lz4' | 'zstd') => {
    const damaged = Uint8Array.from(peer(name));
    const magic = name === 'lz4' ? [4, 0x22, 0x4d, 0x18] : [0x28, 0xb5, 0x2f, 0xfd];
    const at = Buffer.from(damaged.buffer).indexOf(Buffer.from(magic));
    new DataView(damaged.buffer).setBigInt64(at - 8, length, true);
    return damaged;
  };

  it.each(['lz4', 'zstd'] as const)('of %s that lie about their length are refused', (name) => {
    for (const length of [0n, 1n, 5n, 1000n, -2n, 2n ** 40n, 2n ** 62n, -(2n ** 63n)]) {
      expect(() => decode(compressed(length, name))).toThrow(RangeError);
    }
  });

  it('that would take more than a gigabyte together are refused', () => {
    const decompressor = new Decompressor();
    const claiming = new Uint8Array(40_000);
    new DataView(claiming.buffer).setBigInt64(0, 2n ** 30n + 1n, true);
    const { ZSTD, LZ4_FRAME } = CompressionType;
    expect(() => decompressor.decompress(claiming, ZSTD)).toThrow(TooLargeError);
    expect(() => new Decompressor().decompress(claiming, LZ4_FRAME)).toThrow("can't hold");
  });
});

describe('a damaged frame is refused or decoded to a table that can be read', () => {
  const check = (payload: Uint8Array) => {
    try {
      const decoded = decode(payload);
      plainRows(decoded);
      plainRows(decode(encode(decoded)));
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
      expect((error as Error).message).not.toMatch(
        /of undefined|of null|is not a function|not iterable/,
      );
    }
  };

  const peers = ['plain', 'lz4', 'zstd', 'deltas', 'views'].map(
    (name) => [name, peer(name)] as const,
  );

  it.each([...peers, ['flat columns', flat] as const])('by flips: %s', (_, whole) => {
    const flips = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(flips, (changes) => {
        const damaged = Uint8Array.from(whole);
        for (const [at, flip] of changes) damaged[at] = (damaged[at] as number) ^ flip;
        check(damaged);
      }),
      { numRuns: 150 },
    );
  });

  it('by flips, whatever its schema is', () => {
    fc.assert(
      fc.property(
        anySchema,
        fc.nat(),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        (schema, seed, changes) => {
          const damaged = Uint8Array.from(encode(randomTable(schema, [5, 3], new Random(seed))));
          for (const [at, flip] of changes) {
            const place = at % damaged.length;
            damaged[place] = (damaged[place] as number) ^ flip;
          }
          check(damaged);
        },
      ),
      { numRuns: 150 },
    );
  });
});
