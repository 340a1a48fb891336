import { describe, expect, it } from '@jest/globals';
import {
  CorruptError,
  concatBytes,
  FRAME_HEADER_BYTES,
  FrameSplitter,
  frame,
  splitFrames,
} from '@spillway/core';
import { checkProperty } from '@spillway/core/conformance';
import fc from 'fast-check';

const payloads = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
const cuts = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 10 });

/** Cuts bytes into pieces of these sizes, over and over. */
function pieces(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const cut: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] || (i % 7) + 1;
    cut.push(bytes.slice(at, at + size));
    at += size;
  }
  return cut;
}

describe('frame', () => {
  it('puts eight bytes of length before the payload, the lowest first', () => {
    expect(Array.from(frame(Uint8Array.of(7, 8)))).toEqual([2, 0, 0, 0, 0, 0, 0, 0, 7, 8]);
    expect(Array.from(frame(new Uint8Array(0)))).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    const long = frame(new Uint8Array(0x0102_03));
    expect(Array.from(long.subarray(0, 8))).toEqual([3, 2, 1, 0, 0, 0, 0, 0]);
  });
});

describe('splitFrames', () => {
  it('is the inverse of frame', async () => {
    await checkProperty(300, payloads, async (all) => {
      const split = splitFrames(concatBytes(all.map(frame)), 'a');
      expect(split.map((bytes) => Array.from(bytes))).toEqual(
        all.map((bytes) => Array.from(bytes)),
      );
    });
  });

  it('copies nothing', () => {
    const bytes = frame(new Uint8Array(100));
    expect(splitFrames(bytes, 'a')[0]?.buffer).toBe(bytes.buffer);
  });

  it('says where a value is cut off', () => {
    const bytes = concatBytes([frame(new Uint8Array(5)), frame(new Uint8Array(9))]);
    for (let length = 1; length < bytes.length; length++) {
      if (length === 13) continue;
      const cut = () => splitFrames(bytes.subarray(0, length), 'a key');
      const index = length < 13 ? 0 : 1;
      expect(cut).toThrow(CorruptError);
      expect(cut).toThrow(`frame ${index} of key "a key" is torn`);
      expect(cut).toThrow(expect.objectContaining({ key: 'a key', frame: index }));
    }
    expect(splitFrames(bytes.subarray(0, 13), 'a').length).toBe(1);
  });

  it('refuses lengths that no frame can have, and reserves nothing for others', () => {
    for (let byte = 0; byte < FRAME_HEADER_BYTES; byte++) {
      const bytes = frame(new Uint8Array(20));
      bytes[byte] = 0xff;
      expect(() => splitFrames(bytes, 'a')).toThrow(CorruptError);
    }
    const largest = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 1, 2);
    expect(() => splitFrames(largest, 'a')).toThrow(`10 of ${2 ** 32 - 1 + 8} bytes are there`);
    const larger = Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 1, 2);
    expect(() => splitFrames(larger, 'a')).toThrow('a length that no frame can have');
  });
});

describe('FrameSplitter', () => {
  it('gives the same frames however the value is cut', async () => {
    await checkProperty(500, fc.tuple(payloads, cuts), async ([all, sizes]) => {
      const splitter = new FrameSplitter('a');
      const given: Uint8Array[] = [];
      for (const piece of pieces(concatBytes(all.map(frame)), sizes))
        given.push(...splitter.push(piece));
      splitter.end();
      expect(given.map((bytes) => Array.from(bytes))).toEqual(
        all.map((bytes) => Array.from(bytes)),
      );
    });
  });

  it('finds the same damage however the value is cut', async () => {
    const damaged = fc.tuple(payloads, cuts, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat());
    await checkProperty(500, damaged, async ([all, sizes, place, flips, cut]) => {
      const bytes = concatBytes([...all.map(frame), frame(new Uint8Array(3))]).slice();
      bytes[place % bytes.length] = (bytes[place % bytes.length] as number) ^ flips;
      const torn = bytes.subarray(0, bytes.length - (cut % 3));
      expect(outcome([torn])).toEqual(outcome(pieces(torn, sizes)));
    });
  });
});

/** The frames that pieces hold, or the error that says why not. */
function outcome(parts: readonly Uint8Array[]): unknown {
  const splitter = new FrameSplitter('a');
  const given: number[][] = [];
  try {
    for (const part of parts) for (const payload of splitter.push(part)) given.push([...payload]);
    splitter.end();
    return given;
  } catch (error) {
    expect(error).toBeInstanceOf(CorruptError);
    return [given, (error as CorruptError).message];
  }
}
