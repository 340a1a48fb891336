import { describe, expect, it } from '@jest/globals';
import { KeyError, ProtocolError } from '@spillway/core';
import { anyKey } from '@spillway/core/conformance';
import fc from 'fast-check';
import { Body, packColumns, unpackBatch, unpackKeys, unpackValues } from '../src/index.js';

const HEADER = 5;

function batchOf(frames: readonly Uint8Array[]) {
  const [first = new Uint8Array(0), ...attached] = frames;
  return unpackBatch(new Body(first.subarray(HEADER), 'a request'), attached);
}

const sizes = fc.oneof(fc.nat(300), fc.constantFrom(0, 65_535, 65_536, 65_537, 200_000));
const values = sizes.chain((size) => fc.integer().map((seed) => new Uint8Array(size).fill(seed)));
const entries = fc.array(fc.tuple(anyKey(), values), { maxLength: 12 });

describe('columns', () => {
  it('come back as they were packed', () => {
    fc.assert(
      fc.property(entries, (pairs) => {
        const keys = pairs.map(([key]) => key);
        const packed = pairs.map(([, value]) => value);
        const batch = batchOf(packColumns(HEADER, { keys, values: packed }, Buffer.alloc));
        expect(batch.keys).toEqual(keys);
        expect(batch.values.length).toBe(packed.length);
        batch.values.forEach((value, i) => {
          expect(Buffer.compare(value, packed[i] as Uint8Array)).toBe(0);
        });
      }),
    );
  });

  it('may be keys alone or values alone', () => {
    const [keys] = packColumns(0, { keys: ['a', 'ü', 'x'.repeat(20)] }, Buffer.alloc);
    expect(unpackKeys(new Body(keys, 'a reply'))).toEqual(['a', 'ü', 'x'.repeat(20)]);
    const [values, ...attached] = packColumns(
      0,
      { values: [Uint8Array.of(1), new Uint8Array(70_000)] },
      Buffer.alloc,
    );
    expect(attached.map((frame) => frame.length)).toEqual([70_000]);
    expect(unpackValues(new Body(values, 'a reply'), attached)).toEqual([
      Uint8Array.of(1),
      new Uint8Array(70_000),
    ]);
  });

  it('take one allocation of the size they have', () => {
    const asked: number[] = [];
    const keys = ['a', 'bc'];
    const frames = packColumns(
      24,
      { keys, values: [Uint8Array.of(1), Uint8Array.of(2, 3)] },
      (bytes) => {
        asked.push(bytes);
        return Buffer.alloc(bytes);
      },
    );
    expect(asked).toEqual([24 + 4 + 2 * 2 + 2 * 4 + 3 + 3]);
    expect(frames.length).toBe(1);
  });

  it('have the layout of the README', () => {
    const [frame] = packColumns(
      0,
      { keys: ['a', 'ü'], values: [Uint8Array.of(7), Uint8Array.of(8, 9)] },
      Buffer.alloc,
    );
    expect(frame.toString('hex')).toBe(
      ['02000000', '0100', '0200', '01000000', '02000000', '61', 'c3bc', '07', '0809'].join(''),
    );
  });

  it('give values as views, plain ones', () => {
    const frames = packColumns(
      HEADER,
      { keys: ['a', 'b'], values: [Uint8Array.of(1), new Uint8Array(70_000)] },
      Buffer.alloc,
    );
    const { values: views } = batchOf(frames);
    expect(views.map((view) => view.constructor)).toEqual([Uint8Array, Uint8Array]);
    expect(views.map((view) => view.buffer)).toEqual(frames.map((frame) => frame.buffer));
  });

  it.each([
    ['a count beyond the message', '01000000'],
    ['a count that would take gigabytes', 'ffffffff'],
    ['a key cut off', '01000000 0500 00000000 6162'],
    ['keys that are not UTF-8', '01000000 0100 00000000 ff'],
    ['a key that ends inside a character', '02000000 0100 0100 00000000 00000000 c3bc'],
    ['a value cut off', '01000000 0100 02000000 61 07'],
    ['a value of 4 GB', '01000000 0100 ffffffff 61'],
    ['bytes too many', '01000000 0100 01000000 61 07 08'],
    ['nothing', ''],
  ])('that lie are a ProtocolError: %s', (_, hex) => {
    const body = new Body(Buffer.from(hex.replaceAll(' ', ''), 'hex'), 'a request');
    expect(() => unpackBatch(body, [])).toThrow(ProtocolError);
  });

  it('with frames of another size, or too many, are a ProtocolError', () => {
    const [first, ...attached] = packColumns(
      0,
      { keys: ['a'], values: [new Uint8Array(70_000)] },
      Buffer.alloc,
    );
    const read = (frames: Uint8Array[]) => () => unpackBatch(new Body(first, 'a request'), frames);
    expect(read(attached)).not.toThrow();
    expect(read([])).toThrow(ProtocolError);
    expect(read([new Uint8Array(69_999)])).toThrow(ProtocolError);
    expect(read([...attached, new Uint8Array(1)])).toThrow(ProtocolError);
  });

  it.each([
    ['empty', ''],
    ['too long', 'k'.repeat(1025)],
    ['too long in UTF-8', 'ü'.repeat(513)],
  ])('with a key that is %s are a KeyError', (_, key) => {
    const [frame] = packColumns(0, { keys: ['a', key] }, Buffer.alloc);
    expect(() => unpackKeys(new Body(frame, 'a request'))).toThrow(KeyError);
  });

  it('that are any bytes at all end as a ProtocolError or KeyError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expectKnown(() => unpackBatch(new Body(bytes, 'a request'), []));
        expectKnown(() => unpackKeys(new Body(bytes, 'a request')));
        expectKnown(() => unpackValues(new Body(bytes, 'a request'), []));
      }),
      { numRuns: 500 },
    );
  });

  it('that were changed on the way end as a ProtocolError or KeyError, or as other values', () => {
    const small = fc.array(fc.tuple(anyKey(), fc.uint8Array({ maxLength: 20 })), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(
        small,
        fc.nat(),
        fc.nat(255),
        fc.integer({ min: -3, max: 3 }),
        (pairs, at, byte, longer) => {
          const columns = {
            keys: pairs.map(([key]) => key),
            values: pairs.map(([, value]) => value),
          };
          const [frame] = packColumns(0, columns, Buffer.alloc);
          const changed = Buffer.alloc(Math.max(0, frame.length + longer));
          frame.copy(changed);
          changed[at % frame.length] = byte;
          expectKnown(() => unpackBatch(new Body(changed, 'a request'), []));
        },
      ),
      { numRuns: 500 },
    );
  });
});

function expectKnown(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof ProtocolError) && !(error instanceof KeyError)) throw error;
  }
}
