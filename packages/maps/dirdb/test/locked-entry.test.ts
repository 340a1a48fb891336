import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { LockError, SchemaError } from '@spillway/core';
import { directory, filesIn, open } from './place.js';

interface Statistics {
  test: number[];
  deep?: { a: { b: unknown[] } };
}

describe('a locked entry', () => {
  it('writes metadata that were changed, at the end of the block', async () => {
    const db = open<number, Statistics>(directory());
    await db.entry('foo').putData(1, { meta: { test: [1] } });
    {
      await using entry = await db.lock('foo');
      entry.meta.test.push(3);
      expect(await db.entry('foo').readMeta()).toEqual({ test: [1] });
    }
    expect(await db.entry('foo').readMeta()).toEqual({ test: [1, 3] });
  });

  it('writes nothing when nothing was changed', async () => {
    const path = directory();
    const db = open<number, Statistics>(path);
    await db.entry('foo').writeMeta({ test: [1] });
    const before = statSync(join(path, 'foo.json'), { bigint: true });
    {
      await using entry = await db.lock('foo');
      entry.meta.test.push(2);
      entry.meta.test.pop();
      entry.meta = { test: [1] };
    }
    const after = statSync(join(path, 'foo.json'), { bigint: true });
    expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
    await (await db.lock('none')).unlock();
    expect(await db.has('none')).toBe(false);
  });

  it('makes metadata where there were none, and removes them', async () => {
    const db = open(directory());
    {
      await using entry = await db.lock('foo');
      expect(entry.meta).toEqual({});
      entry.meta.count = 1;
    }
    expect(await db.entry('foo').readMeta()).toEqual({ count: 1 });
    {
      await using entry = await db.lock('foo');
      entry.meta = null;
      expect(entry.meta).toEqual({});
    }
    expect(await db.entry('foo').readMeta()).toBeNull();
    {
      await using entry = await db.lock('foo');
      entry.meta = {};
    }
    expect(await db.entry('foo').readMeta()).toEqual({});
  });

  it('refuses what JSON does not hold as it is assigned, with the path', async () => {
    const db = open<unknown, { a?: { b: unknown[]; [name: string]: unknown } }>(directory());
    await using entry = await db.lock('foo');
    const refuses = (assign: () => void, field: string) => {
      expect(assign).toThrow(SchemaError);
      try {
        assign();
      } catch (error) {
        expect(error).toMatchObject({ field, message: expect.stringContaining(field) });
      }
    };
    refuses(() => {
      entry.meta = { a: { b: [0, 1, 2, 3n] } };
    }, 'meta.a.b[3]');
    refuses(() => {
      entry.meta = [] as object;
    }, 'meta');
    entry.meta = { a: { b: [0] } };
    const { a } = entry.meta;
    if (!a) throw new Error('it was assigned');
    refuses(() => a.b.push(() => 1), 'meta.a.b[1]');
    refuses(() => {
      a['two words'] = { at: new Date() };
    }, 'meta.a["two words"].at');
    refuses(() => {
      a.b[0] = Number.POSITIVE_INFINITY;
    }, 'meta.a.b[0]');
    refuses(() => Object.defineProperty(a, 'c', { get: () => 1 }), 'meta.a.c');
    expect(entry.meta).toEqual({ a: { b: [0] } });
  });

  it('rejects at the end of the block for a hole, and lets go all the same', async () => {
    const db = open<unknown, { list: number[] }>(directory());
    await db.entry('foo').writeMeta({ list: [1] });
    const entry = await db.lock('foo');
    entry.meta.list[2] = 3;
    await expect(entry.unlock()).rejects.toMatchObject({ field: 'meta.list[1]' });
    expect(await db.entry('foo').readMeta()).toEqual({ list: [1] });
    expect((await db.entry('foo').stat()).lockedBy).toBeUndefined();
  });

  it('copies what is assigned', async () => {
    const db = open<unknown, { list: { n: number }[]; first?: { n: number } }>(directory());
    const outside = { n: 1 };
    {
      await using entry = await db.lock('foo');
      entry.meta = { list: [outside] };
      entry.meta.list.push(outside);
      entry.meta.first = entry.meta.list[0] as { n: number };
      outside.n = 2;
      entry.meta.first.n = 3;
      entry.meta.list.sort((a, b) => a.n - b.n).reverse();
    }
    expect(await db.entry('foo').readMeta()).toEqual({
      list: [{ n: 1 }, { n: 1 }],
      first: { n: 3 },
    });
  });

  it('sees what is put, written, deleted and renamed under it', async () => {
    const db = open<number>(directory());
    const entry = await db.lock('foo');
    await entry.putData(1, { meta: { n: 1 } });
    expect(entry.meta).toEqual({ n: 1 });
    entry.meta.n = 2;
    await entry.putData(3);
    expect(entry.meta).toEqual({ n: 2 });
    await entry.writeMeta({ n: 4 });
    expect([entry.meta, await entry.readMeta(), await entry.getData()]).toEqual([
      { n: 4 },
      { n: 4 },
      3,
    ]);
    const bar = await entry.rename('bar');
    expect([entry.meta, await entry.exists()]).toEqual([{}, false]);
    await entry.putData(5, { meta: { n: 5 } });
    expect(await entry.delete()).toBe(true);
    expect(entry.meta).toEqual({});
    await entry.unlock();
    expect([await bar.getData(), await bar.readMeta()]).toEqual([3, { n: 4 }]);
    expect(await db.has('foo')).toBe(false);
  });

  it('does what is called at once one after the other', async () => {
    const db = open<number>(directory());
    const entry = await db.lock('foo');
    const calls = [1, 2, 3, 4].map((n) => entry.putData(n, { meta: { n } }));
    await Promise.all([...calls, entry.getData(), entry.readMeta(), entry.unlock()]);
    const foo = db.entry('foo');
    expect(await foo.readMeta()).toEqual({ n: await foo.getData() });
  });

  it('can be read by others, but not changed', async () => {
    const path = directory();
    const db = open<number>(path, { lockTimeout: 50 });
    const other = open<number>(path, { lockTimeout: 50 });
    const entry = await db.lock('foo');
    await entry.putData(1, { meta: { n: 1 } });
    const holder = expect.stringContaining(`process ${process.pid} on `);
    for (const one of [db, other]) {
      expect(await one.entry('foo').getData()).toBe(1);
      expect(await one.entry('foo').readMeta()).toEqual({ n: 1 });
      for (const change of [
        () => one.lock('foo'),
        () => one.entry('foo').putData(2),
        () => one.entry('foo').writeMeta({ n: 2 }),
        () => one.entry('foo').rename('bar'),
        () => one.delete('foo'),
      ]) {
        await expect(change()).rejects.toMatchObject({
          code: 'SPILLWAY_LOCK',
          key: 'foo',
          path,
          timeout: 50,
          holder,
          message: expect.stringContaining('entry "foo"'),
        });
      }
    }
    await other.entry('free').putData(3);
    await entry.unlock();
    await other.entry('foo').putData(4);
    expect(await db.entry('foo').getData()).toBe(4);
    expect(filesIn(path).filter((file) => file.startsWith('%'))).toEqual([]);
  });

  it('is of no use once it was unlocked', async () => {
    const db = open<number>(directory());
    const entry = await db.lock('foo');
    await entry.unlock();
    await entry.unlock();
    await expect(entry.putData(1)).rejects.toThrow(LockError);
    await expect(entry.readMeta()).rejects.toThrow(LockError);
    expect(() => {
      entry.meta = {};
    }).toThrow(LockError);
    expect(await db.has('foo')).toBe(false);
  });

  it('goes to each who waits, in turn, and leaves nothing behind', async () => {
    const path = directory();
    const handles = [open<unknown, { n: number }>(path), open<unknown, { n: number }>(path)];
    await handles[0]?.entry('count').writeMeta({ n: 0 });
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 12 }, async (_, i) => {
        await using entry = await (handles[i % 2] as (typeof handles)[number]).lock('count');
        order.push(i);
        entry.meta.n++;
      }),
    );
    expect(await handles[1]?.entry('count').readMeta()).toEqual({ n: 12 });
    expect(order.filter((i) => i % 2 === 0)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(readdirSync(join(path, '%lock'))).toEqual([]);
    expect(existsSync(join(path, 'count.json'))).toBe(true);
  });
});
