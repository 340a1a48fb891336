import { describe, expect, it } from '@jest/globals';
import { Binary, Bool, Float64, Int64, TimestampMillisecond, Utf8 } from 'apache-arrow';
import fc from 'fast-check';
import { type By, hash, type Row, range, rowPartitioner } from '../src/index.js';
import { batchOf, keysOf, raw, vector } from './batches.js';

const keys = (rows: readonly Row[], by: By) => {
  const partitioner = rowPartitioner(by);
  return rows.map((row) => partitioner.key(partitioner.number(row)));
};

const column = (values: readonly unknown[]): Row[] => values.map((k) => ({ k }));

describe('rows that are objects', () => {
  it('are told apart by value, null with a partition of its own', () => {
    expect(keys(column(['a', null, '', undefined, 1, 1n, true, '%']), 'k')).toEqual([
      ...['a', '%null', '%empty', '%null', '1', '1', 'true', '%%'],
    ]);
  });

  it('have the hash of columns with these values', () => {
    const values = fc.record({
      number: fc.option(fc.double()),
      bigint: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
      text: fc.option(fc.string({ unit: 'grapheme' })),
      flag: fc.option(fc.boolean()),
      bytes: fc.option(fc.uint8Array()),
    });
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 20 }), (rows) => {
        const of = (name: keyof (typeof rows)[number]) => rows.map((row) => row[name]);
        const batch = batchOf({
          number: vector(new Float64(), of('number')),
          bigint: vector(new Int64(), of('bigint')),
          text: vector(new Utf8(), of('text')),
          flag: vector(new Bool(), of('flag')),
          bytes: vector(new Binary(), of('bytes')),
        });
        for (const columns of ['number', 'bigint', 'text', 'flag', 'bytes'])
          expect(keys(rows, hash(columns, 1000))).toEqual(keysOf(batch, hash(columns, 1000)));
        const several = hash(['number', 'text', 'bytes'], 1000);
        expect(keys(rows, several)).toEqual(keysOf(batch, several));
      }),
      { numRuns: 200 },
    );
  });

  it('have the hash of timestamps for dates', () => {
    const times = raw(new TimestampMillisecond(), BigInt64Array.of(0n, 1_600_000_000_000n));
    const dates = column([new Date(0), new Date(1_600_000_000_000)]);
    expect(keys(dates, hash('k', 2 ** 24))).toEqual(
      keysOf(batchOf({ k: times }), hash('k', 2 ** 24)),
    );
  });

  it('have the range of columns with these values', () => {
    const bounds = [-1.5, 0, 10];
    const values = [-2, -1.5, -0, 9.99, 10, Number.NaN, Number.POSITIVE_INFINITY, null];
    expect(keys(column(values), range('k', bounds))).toEqual(
      keysOf(batchOf({ k: vector(new Float64(), values) }), range('k', bounds)),
    );
    const words = ['', 'a', 'm', 'z', '\u{ff5e}', '\u{1f600}', null];
    const texts = ['a', 'n', '\u{1f600}'];
    expect(keys(column(words), range('k', texts))).toEqual(
      keysOf(batchOf({ k: vector(new Utf8(), words) }), range('k', texts)),
    );
    const days = [new Date(5), new Date(15), new Date(25)];
    expect(keys(column(days), range('k', [new Date(10), new Date(20)]))).toEqual(['0', '1', '2']);
    expect(keys(column([9n, 2n ** 70n]), range('k', [10, 2n ** 65n]))).toEqual(['0', '2']);
  });

  it.each<[string, By, unknown]>([
    ['an object as a key', 'k', {}],
    ['an object to hash', hash('k', 4), {}],
    ['a date that is none, to hash', hash('k', 4), new Date(Number.NaN)],
    ['a boolean in a range', range('k', [1]), true],
    ['text in a range of numbers', range('k', [1]), 'x'],
  ])('are refused with %s', (_, by, value) => {
    expect(() => keys(column([value]), by)).toThrow(
      expect.objectContaining({ code: 'SPILLWAY_SCHEMA' }),
    );
  });

  it('are refused without the column, by the names there are', () => {
    for (const by of ['k', hash('k', 4), range('k', [1])]) {
      expect(() => keys([{ a: 1, b: 2 }], by)).toThrow(
        expect.objectContaining({
          field: 'k',
          message: 'there is no column "k"; there are "a", "b"',
        }),
      );
    }
  });

  it('want bounds that ascend', () => {
    expect(() => rowPartitioner(range('k', [2, 1]))).toThrow(TypeError);
    expect(() => rowPartitioner(range('k', [1, 'a']))).toThrow('no order');
  });
});
