import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from '@jest/globals';
import { itWithPython } from '@spillway/core/conformance';
import {
  Blosc,
  Buffer,
  BZ2,
  Dict,
  File,
  key,
  Msgpack,
  type NumericArray,
  Snappy,
  type Store,
  TypedArray,
  ZLib,
} from '../src/index.js';

/** A nesting here, and the one over there that reads and writes the same directory. */
interface Pair<V> {
  readonly name: string;
  readonly open: (path: string) => Store<V>;
  readonly python: string;
}

/** Keys here, and in Python: names, numbers, and parts of them in tuples. */
const KEYS = ['alice', '7', 'with space (1).x', key('eu', 'bob'), key('eu', 'fr', 3), 'x/y'];
const PYTHON_KEYS = `['alice', 7, 'with space (1).x', ('eu', 'bob'), ('eu', 'fr', 3), ('x', 'y')]`;

/** Bytes of each key, of several kinds and sizes, as both sides make them. */
const bytesOf = (i: number, round: number) =>
  Uint8Array.from({ length: [0, 1, 300, 70_000, 5000, 140_000][i] as number }, (_, at) =>
    i % 2 ? (at * at + round) % 253 : (at >> 5) & 255,
  );
const PYTHON_BYTES = `
@functools.cache
def value(i, round):
    length = [0, 1, 300, 70000, 5000, 140000][i]
    return bytes(((at * at + round) % 253) if i % 2 else ((at >> 5) & 255) for at in range(length))
join = b''.join
same = lambda a, b: bytes(a) == b
`;

const ofBytes: Pair<Uint8Array>[] = [
  { name: 'File', open: File, python: 'partd.File(path)' },
  { name: 'ZLib', open: (path) => ZLib(File(path)), python: 'partd.ZLib(partd.File(path))' },
  { name: 'BZ2', open: (path) => BZ2(File(path)), python: 'partd.BZ2(partd.File(path))' },
  { name: 'Snappy', open: (path) => Snappy(File(path)), python: 'partd.Snappy(partd.File(path))' },
  { name: 'Blosc', open: (path) => Blosc(File(path)), python: 'partd.Blosc(partd.File(path))' },
  {
    name: 'ZLib in Snappy',
    open: (path) => Snappy(ZLib(File(path))),
    python: 'partd.Snappy(partd.ZLib(partd.File(path)))',
  },
  {
    name: 'Blosc in BZ2',
    open: (path) => BZ2(Blosc(File(path), { typesize: 4, shuffle: 'bit' })),
    python: 'partd.BZ2(partd.Blosc(partd.File(path)))',
  },
  {
    name: 'ZLib behind a buffer',
    open: (path) => Buffer(Dict(), ZLib(File(path)), { availableMemory: 100_000 }),
    python: 'partd.Buffer(partd.Dict(), partd.ZLib(partd.File(path)), available_memory=100000)',
  },
];

/** Rows of each key, of every kind that msgpack has on both sides. */
const rowsOf = (i: number, round: number): unknown[] =>
  Array.from({ length: [0, 1, 3, 500, 20, 40][i] as number }, (_, at) =>
    at % 3 === 0
      ? { name: `é ${at}`, n: at * 1000 + round, list: [null, true, -1.5, 2n ** 40n] }
      : at % 3 === 1
        ? [at, [`${round}`, []]]
        : Uint8Array.of(at, round),
  );
const PYTHON_ROWS = `
def value(i, round):
    def row(at):
        if at % 3 == 0: return {'name': 'é %d' % at, 'n': at * 1000 + round, 'list': [None, True, -1.5, 2 ** 40]}
        if at % 3 == 1: return [at, [str(round), []]]
        return bytes([at & 255, round])
    return [row(at) for at in range([0, 1, 3, 500, 20, 40][i])]
join = lambda parts: sum(parts, [])
same = lambda a, b: a == b
`;

const ofRows: Pair<unknown[]>[] = [
  {
    name: 'Msgpack',
    open: (path) => Msgpack(File(path)),
    python: 'partd.Python(partd.File(path))',
  },
  {
    name: 'Msgpack over Snappy',
    open: (path) => Msgpack(Snappy(File(path))),
    python: 'partd.Python(partd.Snappy(partd.File(path)))',
  },
  {
    name: 'Msgpack over BZ2 over ZLib',
    open: (path) => Msgpack(BZ2(ZLib(File(path)))),
    python: 'partd.Python(partd.BZ2(partd.ZLib(partd.File(path))))',
  },
];

/** An array of each key, of another type for each. */
const arrayOf = (i: number, round: number): NumericArray => {
  const lengths = [1, 7, 1000, 30_000, 64, 5];
  const number = (_: unknown, at: number) => (at * 3 + round) % 120;
  const make = { length: lengths[i] as number };
  return [
    () => Float64Array.from(make, (_, at) => at * 0.5 - round),
    () => Int32Array.from(make, (_, at) => at - 1000 * round),
    () => Uint8Array.from(make, number),
    () => Float32Array.from(make, (_, at) => at * 0.25),
    () => BigInt64Array.from(make as ArrayLike<bigint>, (_, at) => BigInt(at) - 2n ** 40n),
    () => Uint16Array.from(make, number),
  ][i]?.() as NumericArray;
};
const PYTHON_ARRAYS = `
import numpy as np
def value(i, round):
    at = np.arange([1, 7, 1000, 30000, 64, 5][i])
    return [
        lambda: (at * 0.5 - round).astype('<f8'), lambda: (at - 1000 * round).astype('<i4'),
        lambda: ((at * 3 + round) % 120).astype('u1'), lambda: (at * 0.25).astype('<f4'),
        lambda: (at - 2 ** 40).astype('<i8'), lambda: ((at * 3 + round) % 120).astype('<u2'),
    ][i]()
join = np.concatenate
same = lambda a, b: a.dtype == b.dtype and np.array_equal(a, b)
`;

const ofArrays: Pair<NumericArray>[] = [
  {
    name: 'TypedArray',
    open: (path) => TypedArray(File(path)),
    python: 'partd.Numpy(partd.File(path))',
  },
  {
    name: 'TypedArray over Blosc',
    open: (path) => TypedArray(Blosc(File(path))),
    python: 'partd.Numpy(partd.Blosc(partd.File(path)))',
  },
  {
    name: 'TypedArray over Snappy over ZLib',
    open: (path) => TypedArray(Snappy(ZLib(File(path)))),
    python: 'partd.Numpy(partd.Snappy(partd.ZLib(partd.File(path))))',
  },
];

/** Does its work in one directory after the other: `PROGRAM FOLDER WORK ROUND…`. */
const PROGRAM = `
import functools, os, partd, sys
folder, work = sys.argv[1], sys.argv[2]
rounds = [int(n) for n in sys.argv[3:]]
keys = KEYS
VALUES
for n, open_store in enumerate([STORES]):
    store = open_store(os.path.join(folder, str(n)))
    if work == 'write':
        for round in rounds:
            store.append({key: value(i, round) for i, key in enumerate(keys)})
        if hasattr(store, 'flush'): store.flush()
    else:
        for i, (key, got) in enumerate(zip(keys, store.get(keys))):
            assert same(got, join([value(i, round) for round in rounds])), (n, key)
print('same')
`;

/** What both sides know of some kind of value. */
interface Kind<V> {
  readonly modules: readonly string[];
  /** Defines `value(i, round)`, `join` and `same`. */
  readonly python: string;
  readonly valueOf: (i: number, round: number) => V;
  readonly comparable: (value: V) => unknown;
  readonly join: (parts: V[]) => unknown;
}

function suite<V>(name: string, pairs: readonly Pair<V>[], kind: Kind<V>): void {
  const entries = (round: number) => KEYS.map((name, i) => [name, kind.valueOf(i, round)] as const);
  const expected = (rounds: readonly number[]) =>
    KEYS.map((_, i) => kind.join(rounds.map((round) => kind.valueOf(i, round))));
  const program = PROGRAM.replace('KEYS', PYTHON_KEYS)
    .replace('VALUES', () => kind.python)
    .replace('STORES', () => pairs.map(({ python }) => `lambda path: ${python}`).join(', '));

  itWithPython(
    ['partd', ...kind.modules],
    `${name}: ${pairs.map(({ name }) => name).join(', ')}`,
    (python) =>
      inFolder(async (folder) => {
        const [theirs, ours] = [join(folder, 'theirs'), join(folder, 'ours')];
        mkdirSync(theirs);
        mkdirSync(ours);
        python(program, theirs, 'write', '1', '2');
        for (const [n, { name, open }] of pairs.entries()) {
          await using there = open(join(theirs, `${n}`));
          const values = (await there.get(KEYS)).map(kind.comparable);
          expect({ name, values }).toEqual({ name, values: expected([1, 2]) });
          await there.append(entries(3));
          await using here = open(join(ours, `${n}`));
          for (const round of [1, 2]) await here.append(entries(round));
        }
        expect(python(program, theirs, 'read', '1', '2', '3')).toBe('same\n');
        expect(python(program, ours, 'read', '1', '2')).toBe('same\n');
        python(program, ours, 'write', '3');
        for (const [n, { name, open }] of pairs.entries()) {
          await using here = open(join(ours, `${n}`));
          const values = (await here.get(KEYS)).map(kind.comparable);
          expect({ name, values }).toEqual({ name, values: expected([1, 2, 3]) });
          const names: string[] = [];
          for await (const found of here.keys()) names.push(found);
          expect(names.sort()).toEqual([...KEYS].sort());
        }
      }),
  );
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-partd-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("directories of Python's partd are read, written and added to, both ways", () => {
  const text = (bytes: Uint8Array) => globalThis.Buffer.from(bytes).toString('latin1');
  suite('bytes', ofBytes, {
    modules: ['snappy', 'blosc'],
    python: PYTHON_BYTES,
    valueOf: bytesOf,
    comparable: text,
    join: (parts) => parts.map(text).join(''),
  });
  suite('rows', ofRows, {
    modules: ['snappy', 'msgpack'],
    python: PYTHON_ROWS,
    valueOf: rowsOf,
    comparable: (rows) => rows,
    join: (parts) => parts.flat(),
  });
  const listed = (array: NumericArray): unknown[] => [
    array.constructor.name,
    ...(array as Iterable<unknown>),
  ];
  suite('arrays', ofArrays, {
    modules: ['snappy', 'blosc', 'numpy'],
    python: PYTHON_ARRAYS,
    valueOf: arrayOf,
    comparable: listed,
    join: ([first, ...others]) => [
      ...listed(first as NumericArray),
      ...others.flatMap((part) => listed(part).slice(1)),
    ],
  });
});
