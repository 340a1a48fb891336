import { statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ClosedError, LockError } from '@spillway/core';
import type { LazyDict, LazyList, OutOfCoreMap } from '../src/index.js';
import { usePlace } from './place.js';
import { Process } from './process.js';

/** Transactions that each leave the same true: `count` is the length of `list`, and each row is what its number says. */
const WRITER = `
  const row = (i) => ({ i, name: 'row '.repeat(20) + i % 7, parts: [i, { deep: [String(i)] }], tags: new Set([i]) });
  map.transaction(() => {
    if (map.has('count')) return;
    map.set('count', 0).set('list', []).set('rows', new Map()).set('last', {});
  });
  const step = () => {
    const i = map.get('count');
    map.set('count', i + 1);
    map.get('list').push(i);
    map.get('rows').set(i, row(i));
    map.get('rows').delete(i - 50);
    map.set('last', { i, rest: Array.from({ length: i % 400 }, (_, j) => j) });
    return i + 1;
  };
`;

/** Checks what {@link WRITER} leaves true. @returns the count. */
function check(map: OutOfCoreMap): number {
  const count = map.get('count') as number;
  const list = map.get('list') as LazyList<number>;
  expect(list.eager()).toEqual(Array.from({ length: count }, (_, i) => i));
  const rows = (map.get('rows') as LazyDict<number, unknown>).eager() as Map<number, unknown>;
  const from = Math.max(0, count - 50);
  expect([...rows.keys()]).toEqual(Array.from({ length: count - from }, (_, i) => from + i));
  for (const [i, row] of rows) {
    const name = 'row '.repeat(20) + (i % 7);
    expect(row).toEqual({ i, name, parts: [i, { deep: [String(i)] }], tags: new Set([i]) });
  }
  if (count > 0) {
    const rest = Array.from({ length: (count - 1) % 400 }, (_, j) => j);
    expect((map.get('last') as LazyDict<string, unknown>).eager()).toEqual({ i: count - 1, rest });
  }
  return count;
}

/** Vacuums a map that others write to, who may be in the way for long on a slow machine. */
async function vacuumed(map: OutOfCoreMap): Promise<number> {
  for (;;) {
    try {
      return await map.vacuum();
    } catch (error) {
      if (!(error instanceof LockError)) throw error;
    }
  }
}

describe('an OOCMap shared by processes', () => {
  const place = usePlace();
  let processes: Process[] = [];

  const start = (me: number, script: string): Process => {
    const process = new Process(place.path, me, script);
    processes.push(process);
    return process;
  };

  afterEach(async () => {
    await Promise.all(processes.map((process) => process.kill()));
    processes = [];
  });

  it('loses no change of several writers', async () => {
    const script = `${WRITER} for (let n = 0; n < 100; n++) { map.transaction(step); if (n % 10 === me) await turn(); } map.close();`;
    const codes = await Promise.all([1, 2, 3].map((me) => start(me, script).exit));
    expect(codes).toEqual([0, 0, 0]);
    expect(check(place.open())).toBe(300);
  });

  it('shows in the next turn what another process did, and that it deleted', async () => {
    const map = place.open();
    map.set('list', [1, 2, 3]).set('other', { a: 1 });
    await map.flushed;
    const list = map.get('list') as LazyList<number>;
    const other = map.get('other') as LazyDict<string, number>;
    expect([...list]).toEqual([1, 2, 3]);
    const changing = start(
      1,
      `map.get('list').push(4); map.delete('other'); map.set('other', { a: 2 }); map.close();`,
    );
    expect(await changing.exit).toBe(0);
    expect([...list]).toEqual([1, 2, 3, 4]);
    expect(() => other.get('a')).toThrow(ClosedError);
    expect((map.get('other') as LazyDict<string, number>).get('a')).toBe(2);
  });

  it('holds every acknowledged transaction and no part of another after kills', async () => {
    for (let round = 0; round < 8; round++) {
      const writer = start(
        round,
        `${WRITER} for (;;) { const count = map.transaction(step); say(count); if (count % 7 === me) await turn(); }`,
      );
      await writer.said(1);
      await sleep(20 + 37 * round);
      await writer.kill();
      const map = place.open();
      const count = check(map);
      const acknowledged = Number(writer.lines.at(-1));
      expect(count).toBeGreaterThanOrEqual(acknowledged);
      expect(count).toBeLessThanOrEqual(acknowledged + 1);
      map.close();
    }
  });

  it('holds what was flushed after kills, and of a turn all or nothing', async () => {
    for (let round = 0; round < 5; round++) {
      const writer = start(
        round,
        `${WRITER} for (;;) { step(); step(); const count = step(); await map.flushed; say(count); }`,
      );
      await writer.said(1);
      await sleep(15 + 29 * round);
      await writer.kill();
      const map = place.open();
      const count = check(map);
      expect(count % 3).toBe(0);
      expect(count).toBeGreaterThanOrEqual(Number(writer.lines.at(-1)));
      map.close();
    }
  });

  it('goes on when a writer is killed within a transaction', async () => {
    const writer = start(
      1,
      `map.set('a', 1); await map.flushed; map.transaction(() => { map.set('a', 2); say('in'); for (;;); });`,
    );
    await writer.said(1);
    await writer.kill();
    const map = place.open();
    expect(map.get('a')).toBe(1);
    map.transaction(() => map.set('a', 3));
    expect(map.get('a')).toBe(3);
  });

  it('does not grow for ever after a reader was killed in the middle', async () => {
    const map = place.open();
    const rewrite = async (times: number) => {
      for (let n = 0; n < times; n++) {
        for (let key = 0; key < 20; key++) map.set(key, new Uint8Array(20_000).fill(n));
        await map.flushed;
      }
    };
    await rewrite(3);
    const reader = start(1, `map.get(0); say('in'); for (;;);`);
    await reader.said(1);
    await rewrite(3);
    await reader.kill();
    const { staleReadersCleared } = map.stats();
    expect(staleReadersCleared).toBe(1);
    await rewrite(5);
    const settled = statSync(join(place.path, 'data-0.mdb')).size;
    await rewrite(40);
    expect(statSync(join(place.path, 'data-0.mdb')).size).toBeLessThan(settled * 1.5);
  });

  it('is vacuumed while others read and write', async () => {
    const map = place.open();
    const fill = { junk: Array.from({ length: 3000 }, (_, i) => `${'junk '.repeat(20)}${i}`) };
    map.set('fill', fill);
    await map.flushed;
    const writer = start(
      1,
      `${WRITER} for (;;) { map.transaction(step); say(map.get('count')); await sleep(60); }`,
    );
    const reader = start(
      2,
      `
      for (;;) {
        if (map.has('count') && map.get('list').length !== map.get('count')) say('wrong');
        await turn();
      }`,
    );
    await writer.said(2);
    map.delete('fill');
    await map.flushed;
    const { size } = statSync(join(place.path, 'data-0.mdb'));
    let freed = 0;
    for (let n = 1; n <= 3; n++) {
      freed += await vacuumed(map);
      const { length } = writer.lines;
      await writer.said(length + 3);
    }
    expect(freed).toBeGreaterThan(size / 2);
    expect(reader.lines).toEqual([]);
    expect([reader.child.exitCode, writer.child.exitCode]).toEqual([null, null]);
    await writer.kill();
    expect(await readdir(place.path)).toEqual(['data-3.mdb', 'data-3.mdb-lock']);
    expect(check(map)).toBeGreaterThanOrEqual(Number(writer.lines.at(-1)));
    map.close();
    expect(check(place.open())).toBeGreaterThan(0);
  });

  it('is whole after kills during a vacuum', async () => {
    const script = `${WRITER} for (;;) { for (let n = 0; n < 5; n++) map.transaction(step); say(map.get('count')); await map.vacuum(); }`;
    for (let round = 0; round < 8; round++) {
      const writer = start(round, script);
      await writer.said(1 + (round % 3));
      await sleep(3 * round);
      await writer.kill();
      const map = place.open();
      expect(check(map)).toBeGreaterThanOrEqual(Number(writer.lines.at(-1)));
      map.close();
    }
  });
});
