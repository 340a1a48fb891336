import { describe, expect, it } from '@jest/globals';
import { type Batch, type Primitives, Store } from '@spillway/core';
import { Reference, ReferenceStore } from '@spillway/core/conformance';

const one = Uint8Array.of(1);
const two = Uint8Array.of(2);

/** The primitives of a store, as a layer gets them. */
class Inside extends ReferenceStore {
  static primitives(store: Store): Primitives<Uint8Array> {
    return Store.behind(store).primitives;
  }
}

describe('The primitives that Store has', () => {
  it('hand values over, and forget them when they are taken', async () => {
    const store = Reference();
    await store.append({ a: one, b: two });
    const taken: Batch<Uint8Array>[] = [];
    await Inside.primitives(store)._drain(['a', 'absent'], async (batch) => {
      taken.push(batch);
      await store.append({ a: two });
    });
    expect(taken).toEqual([{ keys: ['a', 'absent'], values: [one, new Uint8Array(0)] }]);
    expect(await store.get(['a', 'b'])).toEqual([two, two]);
  });

  it('put values back, before what came since, when they are not taken', async () => {
    const store = Reference();
    await store.append({ a: one, b: two });
    const failure = new Error('not taken');
    const drained = Inside.primitives(store)._drain(['a'], async () => {
      await store.append({ a: two });
      throw failure;
    });
    await expect(drained).rejects.toBe(failure);
    expect(await store.get(['a', 'b'])).toEqual([Uint8Array.of(1, 2), two]);
  });

  it('pop a key that is named twice once, and show it in both places', async () => {
    const store = Reference();
    await store.append({ a: one, b: two });
    expect(await store.pop(['a', 'b', 'a'])).toEqual([one, two, one]);
    expect(await store.pop(['a', 'a'])).toEqual([new Uint8Array(0), new Uint8Array(0)]);
  });
});

describe('The default set', () => {
  it('leaves a key as it was when the new value is refused', async () => {
    class Full extends ReferenceStore {
      full = false;
      protected override _append(batch: Batch<Uint8Array>) {
        if (this.full && batch.values.some((value) => value.length > 1)) throw new Error('full');
        return super._append(batch);
      }
    }
    const store = new Full();
    await store.append({ a: one });
    store.full = true;
    await expect(store.set({ a: Uint8Array.of(1, 2), b: two })).rejects.toThrow('full');
    expect(await store.get('a')).toEqual(one);
    expect(await store.has('b')).toBe(false);
  });
});

describe('A store', () => {
  it('lets exclusive work under way finish when it is closed', async () => {
    const store = Reference();
    const work = store.exclusive(async (held) => {
      const closing = store.close();
      await held.append({ a: one });
      return { closing, a: await held.get('a') };
    });
    const { closing, a } = await work;
    await closing;
    expect(a).toEqual(one);
  });

  it('refuses a prefix that is no string', async () => {
    const store = Reference();
    await expect(store.keys(null as never).next()).rejects.toThrow('a prefix of keys');
    await expect(store.entries(7 as never).next()).rejects.toThrow('a prefix of keys');
  });

  it('calls its primitives in the tick of the call, when nothing is in the way', () => {
    const calls: string[] = [];
    class Watched extends ReferenceStore {
      protected override _append(batch: Batch<Uint8Array>) {
        calls.push('append');
        return super._append(batch);
      }
      protected override _get(keys: readonly string[]) {
        calls.push('get');
        return super._get(keys);
      }
    }
    const store = new Watched();
    const pending = [store.append({ a: one }), store.get('a')];
    expect(calls).toEqual(['append', 'get']);
    return Promise.all(pending);
  });

  it('rejects close with what its flush rejects with, and releases all the same', async () => {
    let released = 0;
    class Failing extends ReferenceStore {
      protected override async _flush(): Promise<void> {
        throw new Error('cannot flush');
      }
      protected override _close(): void {
        released++;
      }
    }
    const store = new Failing();
    await expect(store.close()).rejects.toThrow('cannot flush');
    await expect(store.close()).rejects.toThrow('cannot flush');
    expect(released).toBe(1);
  });
});
