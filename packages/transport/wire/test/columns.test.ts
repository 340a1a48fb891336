import { describe, expect, it } from '@jest/globals';
import { KeyError, ProtocolError } from '@spillway/core';
import { anyKey } from '@spillway/core/conformance';
import fc from 'fast-check';
import { Body, packColumns, unpackEntries, unpackKeys, unpackValues } from '../src/index.js';
import { expectKnown } from './known.js';

const HEADER = 5;

const afterHeader = (frame: Buffer) => new Body(frame.subarray(HEADER), 'a reply');
const fromHex = (hex: string) => new Body(Buffer.from(hex.replaceAll(' ', ''), 'hex'), 'a reply');

describe('columns', () => {
  it('of keys come back as they were packed', () => {
    fc.assert(
      fc.property(fc.array(anyKey(), { maxLength: 20 }), (keys) => {
        const [frame] = packColumns(HEADER, { keys }, Buffer.alloc);
        expect(unpackKeys(afterHeader(frame))).toEqual(keys);
      }),
    );
  });

  it('of values come back as they were packed, large ones in frames of their own', () => {
    const size = fc.oneof(fc.nat(300), fc.constantFrom(0, 65_535, 65_536, 65_537, 200_000));
    fc.assert(
      fc.property(fc.array(size, { maxLength: 12 }), (sizes) => {
        const values = sizes.map((length, i) => new Uint8Array(length).fill(i + 1));
        const [frame, ...attached] = packColumns(HEADER, { values }, Buffer.alloc);
        expect(attached.length).toBe(sizes.filter((length) => length >= 65_536).length);
        const read = unpackValues(afterHeader(frame), attached);
        expect(read.map((value) => value.constructor)).toEqual(sizes.map(() => Uint8Array));
        expect(read.map((value, i) => Buffer.compare(value, values[i] as Uint8Array))).toEqual(
          sizes.map(() => 0),
        );
      }),
    );
  });

  it('of keys and values together come back as they were packed', () => {
    const value = fc.uint8Array({ maxLength: 20 });
    fc.assert(
      fc.property(fc.array(fc.tuple(anyKey(), value), { maxLength: 12 }), (pairs) => {
        const keys = pairs.map(([key]) => key);
        const values = pairs.map(([, one]) => one);
        const [frame, ...attached] = packColumns(HEADER, { keys, values }, Buffer.alloc);
        expect(unpackEntries(afterHeader(frame), attached)).toEqual({ keys, values });
      }),
    );
    expect(() => unpackEntries(fromHex('01000000 0100 61 00000000'), [])).toThrow(ProtocolError);
  });

  it('have the layout of the README', () => {
    const [keys] = packColumns(0, { keys: ['a', 'ü'] }, Buffer.alloc);
    expect(keys.toString('hex')).toBe(['02000000', '0100', '0200', '61', 'c3bc'].join(''));
    const [values] = packColumns(
      0,
      { values: [Uint8Array.of(7), Uint8Array.of(8, 9)] },
      Buffer.alloc,
    );
    expect(values.toString('hex')).toBe(
      ['02000000', '01000000', '02000000', '07', '0809'].join(''),
    );
  });

  it.each([
    ['a count beyond the message', '01000000'],
    ['a count that would take gigabytes', 'ffffffff'],
    ['a key cut off', '01000000 0500 6162'],
    ['keys that are not UTF-8', '01000000 0100 ff'],
    ['a key that ends inside a character', '02000000 0100 0100 c3bc'],
    ['bytes too many', '01000000 0100 61 62'],
    ['nothing', ''],
  ])('of keys that lie are a ProtocolError: %s', (_, hex) => {
    expect(() => unpackKeys(fromHex(hex))).toThrow(ProtocolError);
  });

  it.each([
    ['a count beyond the message', '01000000'],
    ['a count that would take gigabytes', 'ffffffff'],
    ['a value cut off', '01000000 02000000 07'],
    ['a value of 4 GB', '01000000 ffffffff'],
    ['bytes too many', '01000000 01000000 07 08'],
    ['nothing', ''],
  ])('of values that lie are a ProtocolError: %s', (_, hex) => {
    expect(() => unpackValues(fromHex(hex), [])).toThrow(ProtocolError);
  });

  it('with frames of another size, or too many, are a ProtocolError', () => {
    const [first, ...attached] = packColumns(0, { values: [new Uint8Array(70_000)] }, Buffer.alloc);
    const read = (frames: Uint8Array[]) => () => unpackValues(new Body(first, 'a reply'), frames);
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
    expect(() => unpackKeys(new Body(frame, 'a reply'))).toThrow(KeyError);
  });

  it('that are any bytes at all end as a ProtocolError or KeyError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expectKnown(() => unpackKeys(new Body(bytes, 'a reply')));
        expectKnown(() => unpackValues(new Body(bytes, 'a reply'), []));
        expectKnown(() => unpackEntries(new Body(bytes, 'a reply'), []));
      }),
      { numRuns: 500 },
    );
  });
});
