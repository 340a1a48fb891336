import { describe, expect, it } from '@jest/globals';
import { concatBytes } from '@spillway/core';
import { checkProperty, itWithPython } from '@spillway/core/conformance';
import fc from 'fast-check';
import { unpackExtension } from '../src/extension.js';
import { msgpackFile } from '../src/index.js';

const dump = (value: unknown) => concatBytes([msgpackFile.dump(value)].flat());
const roundTrip = (value: unknown) => msgpackFile.load(dump(value));

const anyValue = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withSparseArray: true,
  withNullPrototype: false,
  withBoxedValues: true,
});

describe('msgpackFile', () => {
  it('gives back what it was given', async () => {
    await checkProperty(300, anyValue, async (value) => {
      expect(roundTrip(value)).toEqual(value);
    });
  });

  it('keeps what a value is', () => {
    for (const value of [undefined, -0, 2n ** 70n, '\ud800', new Map([[1, new Set([2])]])]) {
      expect(roundTrip(value)).toStrictEqual(value);
    }
    const circle: { self?: object } = {};
    circle.self = circle;
    const back = roundTrip(circle) as typeof circle;
    expect(back.self).toBe(back);
  });

  it('writes large arrays as it writes small ones, without a copy', () => {
    const backing = new Float64Array(20_000).map((_, i) => i / 3);
    const views = [
      ...[backing, backing.subarray(3, 10_000), new Uint8Array(backing.buffer, 5, 70_000)],
      ...[new DataView(backing.buffer, 8, 8000), new BigInt64Array(1000).fill(-1n)],
    ];
    for (const view of views) {
      const pieces = [msgpackFile.dump(view)].flat() as Uint8Array[];
      expect(pieces.at(-1)).toMatchObject({ buffer: view.buffer, byteLength: view.byteLength });
      const back = roundTrip(view) as ArrayBufferView;
      expect(back).toStrictEqual(view);
      // Over the file's bytes, which any other reader of graphs reads too.
      const file = dump(view);
      expect((msgpackFile.load(file) as ArrayBufferView).buffer).toBe(file.buffer);
      if (!(view instanceof Uint8Array)) expect(unpackExtension(file, 0)).toStrictEqual([view]);
      // Where they begin elsewhere, a copy is made.
      const moved = concatBytes([Uint8Array.of(0), file]).subarray(1);
      expect(msgpackFile.load(moved)).toStrictEqual(view);
    }
  });

  it('refuses what is torn, foreign or goes on', () => {
    const whole = [
      dump([1, 'two', { three: 3 }]),
      dump(new Float64Array(1000)),
      dump(new Set([1])),
    ];
    for (const bytes of whole) {
      for (const end of [0, 1, 7, bytes.length - 1]) {
        expect(() => msgpackFile.load(bytes.slice(0, end))).toThrow();
      }
      expect(() => msgpackFile.load(concatBytes([bytes, Uint8Array.of(0)]))).toThrow();
    }
    expect(() => msgpackFile.load(Uint8Array.of(0xc1))).toThrow('never used');
  });

  it('throws for what can’t be stored', () => {
    for (const value of [() => 0, Symbol('s'), { f: () => 0 }, new WeakMap(), Promise.resolve()]) {
      expect(() => msgpackFile.dump(value)).toThrow(TypeError);
    }
  });

  itWithPython(['msgpack'], 'is read by Python where it is plain', async (python) => {
    const value = { a: [1, 2.5, null, 'é'], bytes: new Uint8Array(5000).fill(7) };
    const program =
      'import msgpack, sys; v = msgpack.unpackb(bytes.fromhex(sys.argv[1])); print(v["a"], v["bytes"] == b"\\7" * 5000)';
    expect(python(program, Buffer.from(dump(value)).toString('hex'))).toBe(
      "[1, 2.5, None, 'é'] True\n",
    );
  });
});
