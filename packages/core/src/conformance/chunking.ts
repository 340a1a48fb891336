import { expect } from '@jest/globals';
import fc from 'fast-check';
import { byteGroup, type Group } from './group.js';
import { checkProperty } from './property.js';
import { collect } from './trial.js';
import { pseudoRandomBytes } from './values.js';

/** Values of any size, in any pieces. */
export const chunking: Group = {
  name: 'pieces',
  everyState: false,
  cases: {
    'of a value make the value, however it is cut': async (trial) => {
      const store = await trial.open();
      const cuts = fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 30 });
      await checkProperty(trial.runs, cuts, async (sizes) => {
        await store.drop();
        let seed = 0;
        for (const size of sizes) {
          const parts = Array.from({ length: size }, () => trial.value(seed++));
          await store.append([['a', trial.values.join(parts)]]);
        }
        const all = Array.from({ length: seed }, (_, i) => i);
        trial.expectJoin(await store.get('a'), all);
        trial.expectJoin(trial.values.join(await collect(store.stream('a'))), all);
      });
    },
  },
};

/** The same by the byte, where sizes meet the limits of chunks, windows and frames. */
export const byteChunking: Group = byteGroup({
  name: 'pieces of bytes',
  everyState: false,
  cases: {
    'of random sizes make the value': async (trial) => {
      const store = await trial.open();
      const sizes = fc.array(
        fc.oneof({ weight: 5, arbitrary: fc.nat({ max: 300 }) }, fc.nat({ max: 9000 })),
        {
          minLength: 1,
          maxLength: 40,
        },
      );
      await checkProperty(trial.runs, sizes, async (lengths) => {
        await store.drop();
        const whole = pseudoRandomBytes(lengths.length, sum(lengths));
        let at = 0;
        for (const length of lengths) {
          await store.append({ a: whole.subarray(at, at + length) });
          at += length;
        }
        expectSame(await store.get('a'), whole);
        expectSame(Buffer.concat(await collect(store.stream('a'))), whole);
      });
    },

    'around powers of two make the value': async (trial) => {
      const store = await trial.open();
      const lengths = [0, 6, 8, 10, 12, 14, 16, 18, 20].flatMap((n) => [
        2 ** n - 1,
        2 ** n,
        2 ** n + 1,
      ]);
      const whole = pseudoRandomBytes(7, Math.max(...lengths));
      for (const length of lengths) {
        await store.append([[`key of ${length}`, whole.subarray(0, length)]]);
        await store.append([[`key of ${length}`, whole.subarray(0, 3)]]);
      }
      await store.flush();
      for (const length of lengths) {
        const value = await store.get(`key of ${length}`);
        expectSame(value, Buffer.concat([whole.subarray(0, length), whole.subarray(0, 3)]));
      }
    },

    'of a large value come in a stream, too': async (trial) => {
      const store = await trial.open();
      const whole = pseudoRandomBytes(9, 3_000_000);
      for (let at = 0; at < whole.length; at += 500_000) {
        await store.append({ a: whole.subarray(at, at + 500_000), b: whole.subarray(at, at + 10) });
      }
      expectSame(Buffer.concat(await collect(store.stream('a'))), whole);
      expectSame(await store.pop('a'), whole);
      expect((await store.get('b')).length).toBe(60);
    },
  },
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Large values are compared as wholes: a list of a million differences helps nobody. */
function expectSame(actual: Uint8Array, expected: Uint8Array): void {
  if (Buffer.compare(actual, expected) === 0) return;
  const at = actual.findIndex((byte, i) => byte !== expected[i]);
  expect({ length: actual.length, 'first wrong byte': at }).toEqual({
    length: expected.length,
    'first wrong byte': -1,
  });
}
