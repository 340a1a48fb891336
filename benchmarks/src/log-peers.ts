import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { open } from 'lmdb';
import { megabytesPerSecond, withDirectory } from './measure.js';

/** Who appends a batch to keys, again and again. */
export interface Appender {
  append(entries: ReadonlyMap<string, Uint8Array>, call: number): unknown;
  close(): unknown;
}

/** Megabytes a second that are accepted by the operating system. */
export async function appendRate(
  entries: ReadonlyMap<string, Uint8Array>,
  calls: number,
  make: (path: string) => Promise<Appender>,
): Promise<number> {
  let bytes = 0;
  for (const value of entries.values()) bytes += value.length;
  return withDirectory(async (path) => {
    const appender = await make(path);
    await appender.append(entries, 0);
    const rate = await megabytesPerSecond(bytes * calls, async () => {
      for (let call = 1; call <= calls; call++) await appender.append(entries, call);
    });
    await appender.close();
    return rate;
  });
}

/**
 * LMDB with values that grow: a pair for each piece, in the order of its key, which is what costs it least. It
 * doesn't wait for the disk either.
 */
export async function lmdb(path: string): Promise<Appender> {
  const database = open<Uint8Array, [string, number]>({ path, encoding: 'binary', noSync: true });
  return {
    append: (entries, call) =>
      database.transactionSync(() => {
        for (const [key, value] of entries) database.put([key, call], value);
      }),
    close: () => database.close(),
  };
}

/** LevelDB, in the same way. */
export async function classicLevel(path: string): Promise<Appender> {
  const database = new ClassicLevel<string, Uint8Array>(path, { valueEncoding: 'view' });
  await database.open();
  return {
    append: (entries, call) => {
      const batch = database.batch();
      const piece = String(call).padStart(8, '0');
      for (const [key, value] of entries) batch.put(`${key}/${piece}`, value);
      return batch.write();
    },
    close: () => database.close(),
  };
}

/** A file for each key. */
export async function appendFiles(path: string): Promise<Appender> {
  return {
    append: (entries) => {
      for (const [key, value] of entries) appendFileSync(join(path, key), value);
    },
    close: () => {},
  };
}
