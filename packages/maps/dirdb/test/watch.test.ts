import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { leakFixture } from '@spillway/core/conformance';
import type { EntryChange } from '../src/index.js';
import { directory, open } from './place.js';

leakFixture(async () => {
  const db = open(directory());
  db.watch();
  await db.entry('warm').putData(1);
  await db.close();
});

/** A change as it is told, in short. */
const short = ({ type, entry, data, meta }: EntryChange) =>
  `${type} ${entry.name}${data ? ' data' : ''}${meta ? ' meta' : ''}`;

describe('watching', () => {
  it('tells of what is added, changed and deleted from then on, and of which part', async () => {
    const path = directory();
    const db = open(path);
    const other = open(path);
    await other.entry('before').putData(1);
    const changes = db.watch();
    const next = async () => short((await changes.next()).value as EntryChange);
    await other.entry('a').putData(1, { meta: { n: 1 } });
    expect(await next()).toBe('added a data meta');
    await other.entry('deep/b').writeMeta({ n: 1 });
    expect(await next()).toBe('added deep/b meta');
    await other.entry('deep/b').putData(new Float64Array(2));
    expect(await next()).toBe('changed deep/b data');
    await other.entry('before').putData(2);
    expect(await next()).toBe('changed before data');
    await other.entry('a').writeMeta({ n: 2 });
    expect(await next()).toBe('changed a meta');
    await other.entry('a').putData('b', { meta: null });
    expect(await next()).toBe('changed a data meta');
    await other.delete('a');
    expect(await next()).toBe('deleted a data');
    await other.entry('before').rename('after');
    expect([await next(), await next()].sort()).toEqual([
      'added after data',
      'deleted before data',
    ]);
    await changes.return?.();
    expect(await changes.next()).toEqual({ done: true, value: undefined });
  });

  it('gives entries that can be read, and ends with the block', async () => {
    const db = open<number>(directory());
    const changes = db.watch({ prefix: 'run/' });
    const sum = (async () => {
      let sum = 0;
      for await (const { entry } of changes) {
        sum += (await entry.getData()) ?? 0;
        if (entry.name === 'run/last') break;
      }
      return sum;
    })();
    await db.entry('beside').putData(100);
    for (const n of [1, 2, 3]) await db.entry(`run/${n}`).putData(n);
    await sleep(50);
    await db.entry('run/last').putData(4);
    expect(await sum).toBe(10);
  });

  it('makes one of several changes that nobody has asked for', async () => {
    const db = open(directory());
    await db.entry('a').putData(0);
    const changes = db.watch();
    for (let i = 1; i < 5; i++) await db.entry('a').putData(i);
    await db.entry('b').putData(1);
    await db.delete('b');
    await db.entry('c').putData(1);
    const told = [(await changes.next()).value, (await changes.next()).value] as EntryChange[];
    expect(told.map(short).sort()).toEqual(['added c data', 'changed a data']);
    await changes.return?.();
  });

  it('ends when it is aborted or the database is closed, also while it waits', async () => {
    const db = open(directory());
    const stop = new AbortController();
    const aborted = db.watch({ signal: stop.signal }).next();
    const closed = db.watch().next();
    await sleep(20);
    stop.abort();
    expect((await aborted).done).toBe(true);
    await db.close();
    expect((await closed).done).toBe(true);
    const before = open(directory()).watch({ signal: AbortSignal.abort() });
    expect((await before.next()).done).toBe(true);
  });

  it('sees what other tools do, in folders too', async () => {
    const path = directory();
    const db = open(path);
    await db.entry('a').putData(Float64Array.of(1));
    const changes = db.watch();
    const next = async () => short((await changes.next()).value as EntryChange);
    mkdirSync(join(path, 'copied', 'here'), { recursive: true });
    copyFileSync(join(path, 'a.npy'), join(path, 'copied', 'here', 'b.npy'));
    expect(await next()).toBe('added copied/here/b data');
    writeFileSync(join(path, 'a.json'), '{}');
    expect(await next()).toBe('changed a meta');
    rmSync(join(path, 'copied'), { recursive: true });
    expect(await next()).toBe('deleted copied/here/b data');
    await changes.return?.();
  });
});
