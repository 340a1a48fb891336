import { describe, expect, it } from '@jest/globals';
import {
  Binary,
  Bool,
  DateDay,
  DateMillisecond,
  Decimal,
  Dictionary,
  DurationSecond,
  Field,
  FixedSizeBinary,
  Float16,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  IntervalYearMonth,
  LargeBinary,
  LargeUtf8,
  List,
  Null,
  TimeMicrosecond,
  TimeSecond,
  TimestampMicrosecond,
  TimestampNanosecond,
  TimestampSecond,
  Uint8,
  Uint32,
  Uint64,
  Utf8,
  Utf8View,
  Vector,
} from 'apache-arrow';
import { partitioner } from '../src/index.js';
import { batchOf, keysOf, raw, vector } from './batches.js';
import { makeColumn } from './make-column.js';

describe('partitions by value', () => {
  const cases: readonly [name: string, column: Vector, keys: readonly string[]][] = [
    ['text', vector(new Utf8(), ['a', 'b', 'a', null]), ['a', 'b', 'a', '%null']],
    ['large text', vector(new LargeUtf8(), ['a', '', 'ab']), ['a', '%empty', 'ab']],
    [
      'text of any length',
      vector(new Utf8(), ['1234567', '12345678', '123456789', '12345678']),
      ['1234567', '12345678', '123456789', '12345678'],
    ],
    [
      'views',
      vector(new Utf8View(), ['short', 'longer than twelve bytes', null]),
      ['short', 'longer than twelve bytes', '%null'],
    ],
    [
      'text that looks like an escape',
      vector(new Utf8(), ['%null', '%', '%%', '%empty']),
      ['%%null', '%%', '%%%', '%%empty'],
    ],
    ['text with a NUL', vector(new Utf8(), ['a', 'a\0', '\0', '']), ['a', 'a\0', '\0', '%empty']],
    ['8 bits', vector(new Int8(), [-1, 127, -128]), ['-1', '127', '-128']],
    ['unsigned 8 bits', vector(new Uint8(), [255, 0]), ['255', '0']],
    ['16 bits', vector(new Int16(), [-1, 300]), ['-1', '300']],
    ['32 bits', vector(new Int32(), [-1, 2 ** 31 - 1, null]), ['-1', '2147483647', '%null']],
    ['unsigned 32 bits', vector(new Uint32(), [2 ** 32 - 1]), ['4294967295']],
    ['64 bits', vector(new Int64(), [-1n, 2n ** 53n + 1n]), ['-1', '9007199254740993']],
    ['unsigned 64 bits', vector(new Uint64(), [2n ** 64n - 1n]), ['18446744073709551615']],
    [
      'doubles',
      raw(
        new Float64(),
        Float64Array.of(0, -0, 1.5, Number.NaN, -Number.NaN, Number.POSITIVE_INFINITY),
      ),
      ['0', '0', '1.5', 'NaN', 'NaN', 'Infinity'],
    ],
    ['floats', raw(new Float32(), Float32Array.of(-0, 0.5, Number.NaN)), ['0', '0.5', 'NaN']],
    [
      'halves',
      raw(new Float16(), Uint16Array.of(0x3c00, 0x8000, 0x7e00, 0xfc00, 1)),
      ['1', '0', 'NaN', '-Infinity', String(2 ** -24)],
    ],
    ['booleans', vector(new Bool(), [true, false, null]), ['true', 'false', '%null']],
    [
      'days',
      raw(new DateDay(), Int32Array.of(0, -1, 20_000)),
      ['1970-01-01', '1969-12-31', '2024-10-04'],
    ],
    [
      'dates in ms',
      raw(new DateMillisecond(), BigInt64Array.of(0n, 86_400_000n, 1n)),
      ['1970-01-01', '1970-01-02', '1970-01-01T00:00:00.001Z'],
    ],
    [
      'seconds',
      raw(new TimestampSecond(), BigInt64Array.of(-1n, 0n)),
      ['1969-12-31T23:59:59', '1970-01-01T00:00:00'],
    ],
    [
      'microseconds',
      raw(new TimestampMicrosecond('UTC'), BigInt64Array.of(1n, 1_000_000n, -1n)),
      ['1970-01-01T00:00:00.000001Z', '1970-01-01T00:00:01Z', '1969-12-31T23:59:59.999999Z'],
    ],
    [
      'nanoseconds',
      raw(new TimestampNanosecond(), BigInt64Array.of(2n ** 62n + 1n)),
      ['2116-02-20T23:53:38.427387905'],
    ],
    [
      'timestamps past all dates',
      raw(new TimestampSecond(), BigInt64Array.of(2n ** 62n)),
      [String(2n ** 62n)],
    ],
    ['times', raw(new TimeSecond(), Int32Array.of(0, 86_399)), ['00:00:00', '23:59:59']],
    ['times in us', raw(new TimeMicrosecond(), BigInt64Array.of(1n)), ['00:00:00.000001']],
    ['durations', raw(new DurationSecond(), BigInt64Array.of(-5n)), ['-5']],
    [
      'decimals',
      raw(new Decimal(2, 10, 128), Uint8Array.from([12345n, -5n, 0n].flatMap(sixteenBytes))),
      ['123.45', '-0.05', '0.00'],
    ],
    ['binary', vector(new Binary(), [Uint8Array.of(0, 255), Uint8Array.of()]), ['00ff', '%empty']],
    ['large binary', vector(new LargeBinary(), [Uint8Array.of(7)]), ['07']],
    [
      'fixed binary',
      vector(new FixedSizeBinary(2), [Uint8Array.of(1, 2), null]),
      ['0102', '%null'],
    ],
    [
      'nothing but nulls',
      new Vector([makeColumn(new Null(), 2, { nullCount: 2 })]),
      ['%null', '%null'],
    ],
    ['all null', vector(new Utf8(), [null, null]), ['%null', '%null']],
  ];
  it.each(cases)('%s', (_, column, keys) => {
    expect(keysOf(batchOf({ k: column }), 'k')).toEqual(keys);
  });

  it('of a slice are those of its rows', () => {
    for (const [, column, keys] of cases) {
      const batch = batchOf({ k: column });
      for (let from = 0; from < keys.length; from++)
        expect(keysOf(batch.slice(from), 'k')).toEqual(keys.slice(from));
    }
  });

  it('are told apart when their text is cut or is none', () => {
    const bytes = (...values: number[]) => Uint8Array.from(values);
    const values = [
      bytes(0xff),
      bytes(0xfe),
      bytes(0xef, 0xbf, 0xbd),
      bytes(0xef, 0xbb, 0xbf, 0x61),
    ];
    const text = makeColumn(new Utf8(), 4, {
      offsets: new Uint8Array(Int32Array.of(0, 1, 2, 5, 9).buffer),
      values: Uint8Array.from(values.flatMap((value) => [...value])),
    });
    const keys = keysOf(batchOf({ k: new Vector([text]) }), 'k');
    expect(keys).toEqual(['%xff', '%xfe', '\ufffd', '\ufeffa']);
  });

  it('have a hash for a key when they are too long for one', () => {
    const [one, other, same] = keysOf(
      batchOf({ k: vector(new Utf8(), ['é'.repeat(600), 'é'.repeat(601), 'é'.repeat(600)]) }),
      'k',
    );
    expect(one).toMatch(/^%long:[0-9a-f]{64}$/);
    expect(other).toMatch(/^%long:[0-9a-f]{64}$/);
    expect(other).not.toBe(one);
    expect(same).toBe(one);
  });

  it('are the same in all batches, with and without a dictionary', () => {
    const encoded = new Dictionary(new Utf8(), new Int8());
    const batches = [
      batchOf({ k: vector(encoded, ['a', 'b', null]) }),
      batchOf({ k: vector(encoded, ['c', 'b', 'a']) }).slice(1),
    ];
    expect(keysOf(batches, 'k')).toEqual(['a', 'b', '%null', 'b', 'a']);
  });

  it('are numbered from 0 on, however many there are', () => {
    const count = 100_000;
    const values = BigInt64Array.from({ length: 2 * count }, (_, i) => BigInt(i % count) << 20n);
    const batch = batchOf({ k: raw(new Int64(), values) });
    const numbers = new Int32Array(2 * count);
    const assigned = partitioner(batch.schema, 'k');
    assigned.assign(batch, numbers);
    expect(numbers).toEqual(Int32Array.from({ length: 2 * count }, (_, i) => i % count));
    expect(assigned.count).toBe(count);
    expect(assigned.key(1)).toBe(String(1n << 20n));
  });

  it('need a column that is there, of values that can be keys', () => {
    const { schema } = batchOf({
      list: vector(new List(new Field('item', new Int32())), [[1]]),
      months: raw(new IntervalYearMonth(), Int32Array.of(1)),
    });
    expect(() => partitioner(schema, 'origin')).toThrow(
      'no column "origin"; there are "list", "months"',
    );
    expect(() => partitioner(schema, 'list')).toThrow(/column "list" is List<Int32>/);
    expect(() => partitioner(schema, 'months')).toThrow(
      expect.objectContaining({ code: 'SPILLWAY_SCHEMA', field: 'months' }),
    );
  });
});

function sixteenBytes(value: bigint): number[] {
  return Array.from({ length: 16 }, (_, i) => Number(BigInt.asUintN(8, value >> BigInt(8 * i))));
}
