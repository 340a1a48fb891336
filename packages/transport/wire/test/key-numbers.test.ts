import { describe, expect, it } from '@jest/globals';
import { KeyError, ProtocolError } from '@spillway/core';
import { anyKey } from '@spillway/core/conformance';
import fc from 'fast-check';
import { Body, KeyNumbers, NumberedKeys } from '../src/index.js';
import { MAX_NUMBERED_BYTES, MAX_NUMBERED_KEYS, RENUMBER } from '../src/protocol.js';
import { expectKnown } from './known.js';

const HEADER = 3;

/** Two ends of a session. */
class Ends {
  readonly #numbers = new KeyNumbers();
  readonly #numbered = new NumberedKeys();
  flags = 0;
  bytes = 0;

  send(keys: readonly string[], values?: readonly Uint8Array[]) {
    const { packed, flags } = this.#numbers.pack(HEADER, keys, values, Buffer.alloc);
    const [frame, ...attached] = packed;
    this.flags = flags;
    this.bytes = frame.length;
    const body = new Body(frame.subarray(HEADER), 'a request');
    return this.#numbered.unpack(body, attached, flags, values !== undefined);
  }
}

const fromHex = (hex: string) => new Body(Buffer.from(hex.replaceAll(' ', ''), 'hex'), 'a request');

describe('numbered keys', () => {
  it('come back with their values, in any sequence of batches', () => {
    const value = fc
      .oneof(fc.nat(100), fc.constantFrom(65_535, 65_536))
      .map((length) => new Uint8Array(length).fill(length));
    const batch = fc.array(fc.tuple(anyKey(), value), { maxLength: 6 });
    fc.assert(
      fc.property(fc.array(batch, { minLength: 1, maxLength: 6 }), (batches) => {
        const ends = new Ends();
        for (const pairs of [...batches, ...batches]) {
          const keys = pairs.map(([key]) => key);
          const values = pairs.map(([, one]) => one);
          expect(ends.send(keys)).toEqual({ keys, values: [] });
          const read = ends.send(keys, values);
          expect(read.keys).toEqual(keys);
          expect(read.values.map((one, i) => Buffer.compare(one, values[i] as Uint8Array))).toEqual(
            keys.map(() => 0),
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  it('have the layout of the README', () => {
    const numbers = new KeyNumbers();
    const pack = (keys: string[], values?: Uint8Array[]) =>
      numbers.pack(0, keys, values, Buffer.alloc).packed[0].toString('hex');
    expect(pack(['a', 'ü', 'a'], [Uint8Array.of(7), Uint8Array.of(8, 9), Uint8Array.of()])).toBe(
      [
        '03000000',
        '02000000',
        '0100',
        '0200',
        '61',
        'c3bc',
        '00000000',
        '01000000',
        '00000000',
        '01000000',
        '02000000',
        '00000000',
        '07',
        '0809',
      ].join(''),
    );
    expect(pack(['ü', 'b'])).toBe(
      ['02000000', '01000000', '0100', '62', '01000000', '02000000'].join(''),
    );
  });

  it('travel once, as the same string', () => {
    const ends = new Ends();
    const keys = ['a key that is long enough to be kept', 'another one'];
    const [first] = ends.send(keys).keys;
    const bytes = ends.bytes;
    const [again] = ends.send(keys).keys;
    expect(ends.bytes).toBe(bytes - 2 * 2 - keys.join('').length);
    expect(again).toBe(first);
  });

  it('are numbered anew when there are too many', () => {
    const ends = new Ends();
    const batch = Array.from({ length: MAX_NUMBERED_KEYS }, (_, i) => `${i}`);
    ends.send(batch);
    ends.send([...batch, 'one more']);
    expect(ends.flags).toBe(0);
    expect(ends.send(['a', ...batch.slice(0, 9), 'a']).keys).toEqual([
      'a',
      ...batch.slice(0, 9),
      'a',
    ]);
    expect(ends.flags).toBe(RENUMBER);
    expect(ends.send(['a']).keys).toEqual(['a']);
    expect(ends.flags).toBe(0);
  });

  it('are numbered anew when they are too long together', () => {
    const ends = new Ends();
    for (let i = 0; i <= MAX_NUMBERED_BYTES / 1002; i++) ends.send([`${i}`.padStart(1000, 'k')]);
    expect(ends.flags).toBe(0);
    expect(ends.send(['a']).keys).toEqual(['a']);
    expect(ends.flags).toBe(RENUMBER);
  });

  it('may not be more than that', () => {
    const numbered = new NumberedKeys();
    const many = new KeyNumbers();
    const batch = Array.from({ length: MAX_NUMBERED_KEYS + 1 }, (_, i) => `${i}`);
    const { packed } = many.pack(0, batch, undefined, Buffer.alloc);
    numbered.unpack(new Body(packed[0], 'a request'), [], 0, false);
    expect(() => numbered.unpack(fromHex('00000000 00000000'), [], 0, false)).toThrow(
      ProtocolError,
    );
    numbered.unpack(fromHex('00000000 00000000'), [], RENUMBER, false);
  });

  it.each([
    ['a count beyond the message', '01000000 00000000'],
    ['a count that would take gigabytes', 'ffffffff 00000000'],
    ['new keys beyond the message', '00000000 01000000'],
    ['new keys that would take gigabytes', '00000000 ffffffff'],
    ['a number without a key', '01000000 01000000 0100 61 01000000'],
    ['a value cut off', '01000000 01000000 0100 61 00000000 02000000 07'],
    ['bytes too many', '01000000 01000000 0100 61 00000000 01000000 07 08'],
    ['nothing', ''],
  ])(
    'that lie are a ProtocolError, and so is what follows until they are numbered anew: %s',
    (_, hex) => {
      const numbered = new NumberedKeys();
      expect(() => numbered.unpack(fromHex(hex), [], 0, true)).toThrow(ProtocolError);
      const fine = '01000000 01000000 0100 61 00000000 01000000 07';
      expect(() => numbered.unpack(fromHex(fine), [], 0, true)).toThrow(ProtocolError);
      const { keys, values } = numbered.unpack(fromHex(fine), [], RENUMBER, true);
      expect({ keys, values }).toEqual({
        keys: ['a'],
        values: [Uint8Array.of(7)],
      });
    },
  );

  it('that no store takes are a KeyError', () => {
    for (const key of ['', 'k'.repeat(1025)])
      expect(() => new Ends().send([key])).toThrow(KeyError);
  });

  it('that are any bytes at all, or were changed on the way, end as a ProtocolError or KeyError', () => {
    const small = fc.array(fc.tuple(anyKey(), fc.uint8Array({ maxLength: 20 })), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }),
        small,
        fc.nat(),
        fc.nat(255),
        fc.integer({ min: -3, max: 3 }),
        (bytes, pairs, at, byte, longer) => {
          const numbered = new NumberedKeys();
          expectKnown(() => numbered.unpack(new Body(bytes, 'a request'), [], RENUMBER, true));
          const keys = pairs.map(([key]) => key);
          const values = pairs.map(([, value]) => value);
          const [frame] = new KeyNumbers().pack(0, keys, values, Buffer.alloc).packed;
          const changed = Buffer.alloc(Math.max(0, frame.length + longer));
          frame.copy(changed);
          changed[at % frame.length] = byte;
          expectKnown(() => numbered.unpack(new Body(changed, 'a request'), [], RENUMBER, true));
        },
      ),
      { numRuns: 500 },
    );
  });
});
