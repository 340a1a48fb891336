import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CorruptError, SchemaError, StorageError, type ValueCodec } from '@spillway/core';
import { itWithPython } from '@spillway/core/conformance';
import { datetime64, npyFile } from '@spillway/typed-array';
import { Table, tableFromArrays } from 'apache-arrow';
import type { CompressorName } from '../src/index.js';
import { directory, filesIn, open } from './place.js';

describe("an entry's data", () => {
  const values: { readonly [file: string]: unknown } = {
    'floats.npy': Float64Array.of(1.5, Number.NaN, -0),
    'bytes.npy': Uint8Array.of(1, 2, 3),
    'integers.npy': BigInt64Array.of(-1n, 2n ** 62n),
    'times.npy': new (datetime64('ms'))([1n, 2n]),
    'none.npy': new Int32Array(0),
    'clamped.msgpack': Uint8ClampedArray.of(1, 255),
    'view.msgpack': new DataView(Uint8Array.of(1, 2).buffer),
    'cloneable.msgpack': new Map([
      ['at', { date: new Date(7), set: new Set([1n]), none: undefined }],
    ]),
    'nothing.msgpack': null,
  };

  it.each(Object.entries(values))('comes back as it was from %s', async (file, value) => {
    const path = directory();
    const name = file.slice(0, file.indexOf('.'));
    await open(path).entry(name).putData(value);
    expect(filesIn(path)).toEqual([file]);
    const back = await open(path).entry(name).getData();
    expect(back).toEqual(value);
    expect(Object.prototype.toString.call(back)).toBe(Object.prototype.toString.call(value));
    expect((back as { dtype?: string } | null)?.dtype).toBe(
      (value as { dtype?: string } | null)?.dtype,
    );
  });

  it('that are Arrow tables come back as tables', async () => {
    const path = directory();
    const table = tableFromArrays({ n: Int32Array.of(1, 2, 3), s: ['a', 'b', null] });
    await open(path).entry('table').putData(table);
    expect(filesIn(path)).toEqual(['table.arrows']);
    const back = (await open(path).entry('table').getData()) as Table;
    expect(Table.isTable(back)).toBe(true);
    expect(back.toArray().map((row) => ({ ...row }))).toEqual(
      table.toArray().map((row) => ({ ...row })),
    );
  });

  it('are nothing where there are none', async () => {
    const entry = open(directory()).entry('none');
    expect(await entry.getData()).toBeUndefined();
    expect(await entry.readMeta()).toBeNull();
    expect(await entry.exists()).toBe(false);
    expect(await entry.delete()).toBe(false);
  });

  it('are replaced by those of another format, one at a time', async () => {
    const path = directory();
    const entry = open(path).entry('a');
    for (const value of [Float32Array.of(1), { plain: 1 }, tableFromArrays({ n: [1] }), 'text']) {
      await entry.putData(value, { meta: { kind: typeof value } });
      expect(filesIn(path)).toHaveLength(2);
    }
    expect(filesIn(path)).toEqual(['a.json', 'a.msgpack']);
    await entry.putData('again', { meta: null });
    expect(filesIn(path)).toEqual(['a.msgpack']);
  });

  it.each<CompressorName>(['blosc', 'bzip2', 'lz4', 'snappy', 'zlib', 'zstd'])(
    'are compressed by %s, and read without being told',
    async (compressor) => {
      const path = directory();
      const zeros = new Float64Array(100_000);
      const db = open(path, { compressor });
      await db.entry('zeros').putData(zeros);
      await db.entry('text').putData('x'.repeat(1000));
      const { bytes } = await db.entry('zeros').stat();
      expect(bytes).toBeLessThan(zeros.byteLength / 10);
      expect(readdirSync(path).filter((file) => file.startsWith('zeros'))).toEqual([
        expect.stringMatching(/^zeros\.npy\.[a-z0-9]+$/),
      ]);
      expect(await open(path).entry('zeros').getData()).toEqual(zeros);
      expect(await open(path).entry('text').getData()).toBe('x'.repeat(1000));
    },
  );

  it('of many formats lie side by side, and each is read right', async () => {
    const path = directory();
    await open(path).entry('a').putData(Int8Array.of(1));
    await open(path, { codec: 'msgpack' }).entry('b').putData(Int8Array.of(2));
    await open(path, { codec: 'json' }).entry('c').putData([3]);
    await open(path, { codec: 'json', compressor: 'zlib' }).entry('d').putData([4]);
    await open(path, { codec: npyFile as ValueCodec, compressor: 'zstd' })
      .entry('e')
      .putData(Int8Array.of(5));
    await open(path, { codec: csv }).entry('f').putData(['6', '7']);
    expect(filesIn(path)).toEqual([
      'a.npy',
      'b.msgpack',
      'c.data.json',
      'd.data.json.zz',
      'e.npy.zst',
      'f.csv',
    ]);
    const db = open(path, { codec: csv });
    const read = await Promise.all(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => db.entry(name).getData()),
    );
    expect(read).toEqual([Int8Array.of(1), Int8Array.of(2), [3], [4], Int8Array.of(5), ['6', '7']]);
    await expect(open(path).entry('f').getData()).rejects.toThrow(SchemaError);
  });

  it('come in parts of one write, whatever replaces them', async () => {
    const path = directory();
    const entry = open(path).entry('a');
    const array = Float64Array.from({ length: 500_000 }, (_, i) => i);
    await entry.putData(array);
    const parts: Float64Array[] = [];
    for await (const part of entry.stream()) {
      if (parts.length === 0) await entry.putData('another');
      parts.push(part as Float64Array);
    }
    expect(parts.length).toBeGreaterThan(3);
    expect(
      Buffer.concat(
        parts.map(({ buffer, byteOffset, byteLength }) =>
          Buffer.from(buffer, byteOffset, byteLength),
        ),
      ).equals(Buffer.from(array.buffer)),
    ).toBe(true);
    expect(await arrayOf(entry.stream())).toEqual(['another']);
    const table = tableFromArrays({ n: [1] });
    await entry.putData(table.concat(table));
    const tables = (await arrayOf(entry.stream())) as Table[];
    expect(tables.map(({ numRows }) => numRows)).toEqual([1, 1]);
    await open(path, { compressor: 'lz4' }).entry('a').putData(array);
    expect((await arrayOf(entry.stream())).length).toBe(1);
    truncateSync(join(path, 'a.npy.lz4'), 10);
    await expect(arrayOf(entry.stream())).rejects.toThrow(CorruptError);
    await entry.putData(array);
    truncateSync(join(path, 'a.npy'), 1000);
    await expect(arrayOf(entry.stream())).rejects.toThrow(/a\.npy is no \.npy file/);
    await entry.delete();
    expect(await arrayOf(entry.stream())).toEqual([]);
  });

  it('that have no format are refused, and nothing is written', async () => {
    const path = directory();
    const put = open(path)
      .entry('a')
      .putData(() => 1);
    await expect(put).rejects.toMatchObject({ code: 'SPILLWAY_SCHEMA', key: 'a' });
    const json = open(path, { codec: 'json' })
      .entry('a')
      .putData({ a: { b: [0, 1n] } });
    await expect(json).rejects.toMatchObject({
      code: 'SPILLWAY_SCHEMA',
      key: 'a',
      field: 'value.a.b[1]',
    });
    expect(filesIn(path)).toEqual([]);
  });

  it('that were damaged are an error, which names the file', async () => {
    const path = directory();
    const db = open(path, { compressor: 'lz4' });
    await db.entry('lz4').putData([1, 2, 3]);
    await open(path).entry('npy').putData(new Float64Array(100));
    for (const file of ['lz4.msgpack.lz4', 'npy.npy']) {
      truncateSync(join(path, file), 5);
      await expect(open(path).entry(file.slice(0, 3)).getData()).rejects.toMatchObject({
        code: 'SPILLWAY_CORRUPT',
        key: file.slice(0, 3),
        message: expect.stringContaining(file),
      });
    }
  });

  it('in two files are an error, which names both', async () => {
    const path = directory();
    const entry = open(path).entry('a');
    await entry.putData(1);
    writeFileSync(join(path, 'a.npy'), '');
    await expect(entry.getData()).rejects.toThrow(CorruptError);
    await expect(entry.getData()).rejects.toThrow(/a\.msgpack and a\.npy|a\.npy and a\.msgpack/);
    await entry.putData(2);
    expect(await entry.getData()).toBe(2);
  });

  itWithPython(['numpy'], 'are read by NumPy, and what it writes is read here', async (python) => {
    const path = directory();
    const entry = open<Float64Array>(path).entry('a');
    await entry.putData(Float64Array.of(1, 2, 3), { meta: { mean: 2 } });
    const told = python(
      `import json, sys, numpy
path = sys.argv[1]
array = numpy.load(path + '/a.npy')
numpy.save(path + '/b.npy', array * 2)
json.dump({'doubled': True}, open(path + '/b.json', 'w'))
print(array.sum(), json.load(open(path + '/a.json')))`,
      path,
    );
    expect(told.trim()).toBe("6.0 {'mean': 2}");
    expect(await open(path).entry('b').getData()).toEqual(Float64Array.of(2, 4, 6));
    expect(await open(path).entry('b').readMeta()).toEqual({ doubled: true });
  });
});

describe("an entry's stat", () => {
  it('says what is there', async () => {
    const path = directory();
    const db = open(path);
    const entry = db.entry('a');
    const nothing = { bytes: 0, hasData: false, hasMeta: false };
    expect(await entry.stat()).toEqual({ ...nothing, modified: undefined, lockedBy: undefined });
    const before = Date.now() - 1000;
    await entry.putData(new Uint8Array(1000));
    const stat = await entry.stat();
    expect(stat).toMatchObject({ bytes: 1128, hasData: true, hasMeta: false });
    expect(stat.modified?.getTime()).toBeGreaterThan(before);
    const locked = await db.lock('a');
    await locked.writeMeta({ a: 1 });
    expect(await entry.stat()).toMatchObject({
      hasMeta: true,
      lockedBy: expect.stringContaining(`process ${process.pid} on `),
    });
    await locked.unlock();
    expect((await entry.stat()).lockedBy).toBeUndefined();
  });
});

describe('renaming an entry', () => {
  it('takes data and metadata along', async () => {
    const path = directory();
    const db = open(path);
    await db.entry('a').putData(1, { meta: { n: 1 } });
    const renamed = await db.entry('a').rename('deep/b');
    expect(renamed.name).toBe('deep/b');
    expect([await renamed.getData(), await renamed.readMeta()]).toEqual([1, { n: 1 }]);
    expect(await db.has('a')).toBe(false);
    expect(filesIn(path)).toEqual(['deep/b.json', 'deep/b.msgpack']);
    expect((await renamed.rename('deep/b')).name).toBe('deep/b');
  });

  it('replaces nothing, and needs something', async () => {
    const db = open(directory());
    await db.entry('a').putData(1);
    await db.entry('b').putData(2);
    await expect(db.entry('a').rename('b')).rejects.toMatchObject({ code: 'EEXIST', key: 'a' });
    await expect(db.entry('c').rename('d')).rejects.toMatchObject({ code: 'ENOENT', key: 'c' });
    await expect(db.entry('c').rename('d')).rejects.toThrow(StorageError);
    expect(await db.entry('b').getData()).toBe(2);
  });

  it('goes both ways at once without a deadlock', async () => {
    const db = open(directory());
    await db.entry('a').putData(1);
    const names = ['a', 'b'];
    for (let i = 0; i < 5; i++) {
      const results = await Promise.allSettled([
        db.entry('a').rename('b'),
        db.entry('b').rename('a'),
      ]);
      expect(results.some(({ status }) => status === 'fulfilled')).toBe(true);
      const there = await Promise.all(names.map((name) => db.has(name)));
      expect(there.filter(Boolean)).toHaveLength(1);
      if (!there[0]) await db.entry('b').rename('a');
    }
  });
});

describe('metadata outside a lock', () => {
  it('are read as a copy and written when told', async () => {
    const path = directory();
    const entry = open<unknown, { list: number[] }>(path).entry('a');
    await entry.writeMeta({ list: [1] });
    const meta = await entry.readMeta();
    meta?.list.push(2);
    expect(await entry.readMeta()).toEqual({ list: [1] });
    await entry.writeMeta(meta);
    expect(await entry.readMeta()).toEqual({ list: [1, 2] });
    await entry.writeMeta(null);
    await entry.writeMeta(null);
    expect(existsSync(join(path, 'a.json'))).toBe(false);
  });

  it('are refused with the path to what JSON does not hold', async () => {
    const path = directory();
    const entry = open<unknown, object>(path).entry('a');
    const meta = { a: { b: [0, 1, 2, Number.NaN] } };
    const refused = { code: 'SPILLWAY_SCHEMA', field: 'meta.a.b[3]' };
    await expect(entry.writeMeta(meta)).rejects.toMatchObject(refused);
    await expect(entry.putData(1, { meta })).rejects.toMatchObject(refused);
    await expect(entry.writeMeta([] as object)).rejects.toMatchObject({ field: 'meta' });
    expect(filesIn(path)).toEqual([]);
  });

  it('that are no JSON object are an error, which names the file', async () => {
    const path = directory();
    const entry = open(path).entry('a');
    for (const text of ['{"a": 1', '[1]', 'null', '']) {
      writeFileSync(join(path, 'a.json'), text);
      await expect(entry.readMeta()).rejects.toMatchObject({
        code: 'SPILLWAY_CORRUPT',
        key: 'a',
        path: join(path, 'a.json'),
      });
    }
    await entry.writeMeta({ repaired: true });
    expect(JSON.parse(readFileSync(join(path, 'a.json'), 'utf8'))).toEqual({ repaired: true });
  });

  it('stay when data are put without any', async () => {
    const entry = open(directory()).entry('a');
    await entry.putData(1, { meta: { n: 1 } });
    await entry.putData(2);
    expect(await entry.readMeta()).toEqual({ n: 1 });
  });
});

async function arrayOf<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of source) all.push(each);
  return all;
}

/** Lists of words. */
const csv: ValueCodec = {
  extension: 'csv',
  dump: (words) => Buffer.from((words as string[]).join(',')),
  load: (bytes) => Buffer.from(bytes).toString().split(','),
};
