import { ClassicLevel } from 'classic-level';
import { open } from 'lmdb';

/** Who keeps small values, as the benchmark of `Chest` uses them. */
export interface SmallValues {
  set(key: string, value: Uint8Array): unknown;
  /** Sets many in one call. */
  setMany(entries: readonly (readonly [key: string, value: Uint8Array])[]): unknown;
  getMany(keys: string[]): Promise<readonly (Uint8Array | undefined)[]>;
  /** Everything set is with the operating system then. */
  flush(): unknown;
  close(): unknown;
}

export async function classicLevel(path: string): Promise<SmallValues> {
  const database = new ClassicLevel<string, Uint8Array>(path, { valueEncoding: 'view' });
  await database.open();
  return {
    set: (key, value) => database.put(key, value),
    setMany(entries) {
      const batch = database.batch();
      for (const [key, value] of entries) batch.put(key, value);
      return batch.write();
    },
    getMany: (keys) => database.getMany(keys),
    flush: () => {},
    close: () => database.close(),
  };
}

/** It doesn't wait for the disk either. */
export async function lmdb(path: string): Promise<SmallValues> {
  const database = open<Uint8Array, string>({ path, encoding: 'binary', noSync: true });
  return {
    set: (key, value) => database.putSync(key, value),
    setMany: (entries) =>
      database.transactionSync(() => {
        for (const [key, value] of entries) database.putSync(key, value);
      }),
    getMany: async (keys) => keys.map((key) => database.get(key)),
    flush: () => database.flushed,
    close: () => database.close(),
  };
}
