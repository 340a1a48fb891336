import { describe, expect, it } from '@jest/globals';
import { Log, type LogStore } from '../src/index.js';
import { batch, batchesIn } from './batches.js';
import { Disk, Killed } from './disk.js';
import { directory, letGo, open } from './place.js';

/** What was acknowledged, and what was called. */
interface Told {
  acknowledged: number;
  called: number;
}

const SEGMENT_BYTES = 3000;

/** Work that a process is killed in, at each of its calls on the file system in turn. */
const works: { readonly [name: string]: (log: LogStore, told: Told) => Promise<void> } = {
  appending: async (log, told) => {
    for (let i = 0; i < 6; i++) await append(log, told);
  },
  'appending without waiting': async (log, told) => {
    const appended = Array.from({ length: 6 }, () => append(log, told));
    for (const result of await Promise.allSettled(appended)) {
      if (result.status === 'rejected') throw result.reason;
    }
  },
  'appending a large batch': async (log, told) => {
    const number = told.called++;
    await log.append(batch(1, number, 700_000));
    told.acknowledged++;
  },
  flushing: async (log, told) => {
    await append(log, told);
    await log.flush({ durable: true });
  },
  closing: async (log, told) => {
    await append(log, told);
    await log.close();
  },
  compacting: async (log, told) => {
    await append(log, told);
    await log.compact();
    await append(log, told);
  },
  deleting: async (log, told) => {
    await log.delete('other');
    await append(log, told);
  },
  dropping: async (log) => {
    await log.drop();
  },
  repairing: async (log, told) => {
    await log.repair();
    await append(log, told);
  },
};

describe('a process killed at any step of', () => {
  it.each(Object.keys(works))(
    '%s leaves every batch acknowledged, and none in part',
    async (name) => {
      const work = works[name] as (typeof works)[string];
      let killed = 0;
      for (let killAt = 1; ; killAt++) {
        const path = directory();
        const { told, other } = await prepare(path);
        const disk = new Disk();
        const log = open(path, disk, { segmentBytes: SEGMENT_BYTES });
        disk.killAt = killAt;
        const outcome = await work(log, told).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (disk.changes >= killAt) killed++;
        else disk.killAt = 0;
        await letGo(log);
        if (outcome !== undefined) expect(cause(outcome)).toBeInstanceOf(Killed);
        const after = Log(path);
        const found = await batchesIn(after, 1);
        const left = await after.get('other');
        // A drop takes all or nothing.
        const dropped = name === 'dropping' && found === 0 && left.length === 0;
        const asTold = dropped || (found >= told.acknowledged && found <= told.called);
        expect({ killAt, found, asTold }).toEqual({ killAt, found, asTold: true });
        const deleted = name === 'deleting' && left.length === 0;
        if (name === 'deleting' && told.acknowledged > 4) expect(deleted).toBe(true);
        if (name === 'dropping' && outcome === undefined) expect(dropped).toBe(true);
        if (!deleted && !dropped) expect(left).toEqual(other);
        expect(await after.verify()).toEqual([]);
        await after.append(batch(1, found));
        await after.compact();
        expect(await batchesIn(after, 1)).toBe(found + 1);
        await after.close();
        if (outcome === undefined && disk.changes < killAt) break;
        if (killAt > 300) throw new Error('it never came to its end');
      }
      expect(killed).toBeGreaterThan(1);
    },
  );
});

/** A log of several segments with something dead in them. */
async function prepare(path: string): Promise<{ told: Told; other: Uint8Array }> {
  const told = { acknowledged: 0, called: 0 };
  const log = Log(path, { segmentBytes: SEGMENT_BYTES });
  await log.append({ dead: new Uint8Array(2000) });
  for (let i = 0; i < 4; i++) await append(log, told);
  const other = new Uint8Array(500).fill(7);
  await log.set({ other: new Uint8Array(400).fill(6) });
  await log.set({ other });
  await log.delete('dead');
  await log.close();
  return { told, other };
}

async function append(log: LogStore, told: Told): Promise<void> {
  const number = told.called++;
  await log.append(batch(1, number));
  told.acknowledged++;
}

function cause(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? cause(error.cause) : error;
}
