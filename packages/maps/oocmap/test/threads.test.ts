import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { LazyList, OutOfCoreMap } from '../src/index.js';
import { usePlace } from './place.js';
import { Thread } from './thread.js';

/** A transaction that leaves the same true: `count` is the length of `list`. */
const STEP = `
  const step = () => {
    const count = map.get('count');
    map.set('count', count + 1);
    map.get('list').push({ count, text: 'text '.repeat(count % 100) });
    return count + 1;
  };
`;

function check(map: OutOfCoreMap): number {
  const count = map.get('count') as number;
  const list = (map.get('list') as LazyList<unknown>).eager();
  const row = (count: number) => ({ count, text: 'text '.repeat(count % 100) });
  expect(list).toEqual(Array.from({ length: count }, (_, i) => row(i)));
  return count;
}

describe('an OOCMap shared by threads', () => {
  const place = usePlace();

  const opened = async (): Promise<OutOfCoreMap> => {
    const map = place.open();
    map.set('count', 0).set('list', []);
    await map.flushed;
    return map;
  };

  it('loses no change of several writers, and shows readers whole transactions', async () => {
    const map = await opened();
    const writer = `${STEP}
      for (let n = 1; n <= 60; n++) { map.transaction(step); if (n % 7 === 0) await turn(); }
      map.close();`;
    const reader = `
      for (let count = 0; count < 180; await turn()) {
        count = map.get('count');
        const list = map.get('list');
        if (list.length !== count || (count > 0 && list.at(-1).get('count') !== count - 1)) say('wrong');
      }
      map.close();`;
    const threads = [writer, writer, writer, reader, reader].map(
      (script) => new Thread(place.path, script),
    );
    expect(await Promise.all(threads.map(({ exit }) => exit))).toEqual([0, 0, 0, 0, 0]);
    expect(threads.flatMap(({ lines }) => lines)).toEqual([]);
    expect(check(map)).toBe(180);
  });

  it('lives on when a reading thread is terminated at any moment', async () => {
    const map = await opened();
    for (let i = 0; i < 500; i++) map.set(i, { i, row: [i, 'text '.repeat(i % 50)] });
    await map.flushed;
    for (let round = 0; round < 8; round++) {
      const reader = new Thread(
        place.path,
        `for (;;) { for (const [key, row] of map) row?.eager?.(); say('read'); if (${round} % 2) await turn(); }`,
      );
      await reader.said(1);
      await sleep(3 * round);
      await reader.terminate();
      map.set('round', round);
      await map.flushed;
      expect(map.get('round')).toBe(round);
    }
    map.close();
    expect(place.open().get('round')).toBe(7);
  });

  it('lives on when a thread is terminated that has written and waits', async () => {
    const map = await opened();
    for (let round = 1; round <= 4; round++) {
      const writer = new Thread(
        place.path,
        `${STEP} step(); await map.flushed; say('flushed'); setInterval(() => {}, 1000);`,
      );
      await writer.said(1);
      await writer.terminate();
      expect(check(map)).toBe(round);
      map.set('round', round);
      await map.flushed;
    }
  });

  it.each([
    { name: 'an error after a change', end: `step(); throw new Error('ended');` },
    { name: 'an exit after a change', end: `step(); process.exit(1);` },
    {
      name: 'an exit in a transaction',
      end: `map.transaction(() => { step(); process.exit(1); });`,
    },
    {
      name: 'an exit in a transaction within another one',
      end: `map.transaction(() => { step(); map.transaction(() => { step(); process.exit(1); }); });`,
    },
  ])('undoes what a thread has not committed that ends by $name', async ({ end }) => {
    const map = await opened();
    for (let round = 1; round <= 3; round++) {
      const script = `${STEP} map.transaction(step); setImmediate(() => { ${end} });`;
      const writer = new Thread(place.path, script);
      expect(await writer.exit).toBe(1);
      if (end.includes('throw')) expect(writer.error).toMatchObject({ message: 'ended' });
      expect(check(map)).toBe(round);
    }
    map.transaction(() => map.set('later', 1));
    expect(map.get('later')).toBe(1);
  });
});
