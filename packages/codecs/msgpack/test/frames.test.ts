import { describe, expect, it } from '@jest/globals';
import { CorruptError, frame, splitFrames } from '@spillway/core';
import { Dict } from '@spillway/dict';
import fc from 'fast-check';
import { pack } from 'msgpackr';
import { Msgpack } from '../src/index.js';

const bytes = (...values: number[]) => Uint8Array.from(values);
const repeat = (times: number, ...values: number[]) =>
  new Uint8Array(times * values.length).map((_, i) => values[i % values.length] as number);
const graph = (...nodes: unknown[]) => {
  const data = pack(nodes);
  return Buffer.concat([bytes(0x91, 0xc9, 0, 0, data.length >> 8, data.length, 0x53), data]);
};

async function reading(payload: Uint8Array): Promise<unknown[]> {
  await using inner = Dict();
  await inner.append([
    ['k', frame(bytes(0x90))],
    ['k', frame(payload)],
  ]);
  return Msgpack(inner).get('k');
}

async function packed(rows: unknown[]): Promise<Uint8Array> {
  await using inner = Dict();
  await Msgpack(inner).append({ k: rows });
  return Uint8Array.from(splitFrames(await inner.get('k'), 'k')[0] as Uint8Array);
}

const wrong: { readonly [what: string]: Uint8Array } = {
  'nothing in it': bytes(),
  'a number': bytes(7),
  'a map': bytes(0x80),
  text: new TextEncoder().encode('{"a":1}'),
  'an array of 4 billion': bytes(0xdd, 0xff, 0xff, 0xff, 0xff, 1, 2, 3),
  'a map of 4 billion': bytes(0x91, 0xdf, 0xff, 0xff, 0xff, 0xff, 1, 2, 3),
  'a string of 4 GB': bytes(0x91, 0xdb, 0xff, 0xff, 0xff, 0xff, 0x61),
  'bytes of 4 GB': bytes(0x91, 0xc6, 0xff, 0xff, 0xff, 0xff, 0x61),
  'an extension of 4 GB': bytes(0x91, 0xc9, 0xff, 0xff, 0xff, 0xff, 0x53),
  'arrays of 16 million in each other': repeat(5000, 0xdd, 0x01, 0x00, 0x00, 0x00),
  'arrays of 60,000 in each other, as far as there are bytes': Buffer.concat([
    repeat(30_000, 0xdc, 0xea, 0x60),
    repeat(90_000, 0xc0),
  ]),
  'a million arrays in each other': Buffer.concat([repeat(1_000_000, 0x91), bytes(0xc0)]),
  'a million maps in each other': Buffer.concat([
    bytes(0x91),
    repeat(1_000_000, 0x81, 0x01),
    bytes(0xc0),
  ]),
  'a value behind its end': bytes(0x90, 0xc0),
  'a value missing': bytes(0x92, 0x01),
  'a number cut off': bytes(0x91, 0xcb, 0, 0),
  'a string cut off': bytes(0x91, 0xa5, 0x61),
  'the type that is never used': bytes(0x91, 0xc1),
  'a record of msgpackr': bytes(0x92, 0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 0x01),
  'a reference of msgpackr': bytes(0x91, 0xd6, 0x70, 0, 0, 0, 1),
  'strings in a bundle of msgpackr': bytes(0x91, 0xd6, 0x62, 0xff, 0xff, 0xff, 0xff, 0xc0),
  'an unknown extension': bytes(0x91, 0xd5, 0x05, 1, 2),
  'a map in a key': bytes(0x91, 0x81, 0x80, 0x01),
  'a graph without nodes': graph(),
  'a graph of an object': graph(['Object']),
  'a graph of an unknown kind': graph(['Array', [1]], ['WeakMap']),
  'a graph of what kinds inherit': graph(['Array', [1]], ['constructor']),
  'a graph with a node that is no array': graph(['Array'], 7),
  'a graph with a node that is not there': graph(['Array', [5]]),
  'a graph with a node -1': graph(['Array', [-1]]),
  'a graph with an unknown slot': graph(['Array', ['length']]),
  'a graph with a wrong bigint': graph(['Array', ['bigint', 'xyz']]),
  'a graph with bytes that are none': graph(['Array', [1]], ['Float64Array', 'text']),
  'a graph with bytes that fit no element': graph(['Array', [1]], ['Float64Array', bytes(1, 2, 3)]),
  'a graph with a wrong regular expression': graph(['Array', [1]], ['RegExp', '(', '']),
  'a graph of another length': Buffer.concat([graph(['Array']), bytes(0xc0)]),
};

describe('a frame is refused', () => {
  it.each(Object.entries(wrong))('with %s', async (_, payload) => {
    const read = reading(payload);
    await expect(read).rejects.toThrow(CorruptError);
    await expect(read).rejects.toMatchObject({ key: 'k', frame: 1 });
    await expect(read).rejects.toThrow('frame 1 of key "k" is no Msgpack frame');
  });

  it('cut off anywhere', async () => {
    for (const rows of [
      [
        {
          name: 'a',
          when: new Date(5),
          bytes: new Uint8Array(40),
          big: 2n ** 60n,
          nested: [[1.5], undefined],
        },
      ],
      [new Map([['a', Float64Array.of(1, 2)]]), new Set(['b']), -0],
    ]) {
      const payload = await packed(rows);
      for (let length = 0; length < payload.length; length++) {
        await expect(reading(payload.subarray(0, length))).rejects.toThrow(CorruptError);
      }
    }
  });

  it('changed anywhere, or gives an array all the same', async () => {
    const payloads = [
      await packed([
        { name: 'text', when: new Date(5), bytes: new Uint8Array(9) },
        [1.5, 2n, null, undefined],
      ]),
      await packed([
        new Map<unknown, unknown>([
          ['a', Float64Array.of(1, 2)],
          [{ b: -0 }, /x/g],
        ]),
        new Error('e'),
      ]),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...payloads),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (payload, at, flip) => {
          const changed = Uint8Array.from(payload);
          changed[at % payload.length] = (changed[at % payload.length] as number) ^ flip;
          await expectArrayOrRefusal(changed);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('of random bytes, or gives an array all the same', async () => {
    const start = fc.constantFrom(
      [],
      [0x91],
      [0x92],
      [0xdc, 0x00],
      [0x91, 0xc9, 0, 0, 0, 20, 0x53],
    );
    await fc.assert(
      fc.asyncProperty(start, fc.array(fc.nat(255), { maxLength: 60 }), (head, rest) =>
        expectArrayOrRefusal(bytes(...head, ...rest)),
      ),
      { numRuns: 2000 },
    );
  });
});

async function expectArrayOrRefusal(payload: Uint8Array): Promise<void> {
  try {
    expect(Array.isArray(await reading(payload))).toBe(true);
  } catch (error) {
    expect(error).toBeInstanceOf(CorruptError);
    expect(error).toMatchObject({ key: 'k', frame: 1 });
  }
}
