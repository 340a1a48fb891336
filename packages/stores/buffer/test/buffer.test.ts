import { describe, expect, it } from '@jest/globals';
import { type Batch, Layer, type Spec, StorageError, type Store } from '@spillway/core';
import { conformance } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { Buffer } from '../src/index.js';

conformance('Buffer(Dict(), Dict())', () => Buffer(Dict(), Dict()), {
  layer: (inner) => Buffer(Dict(), inner),
});
conformance(
  'Buffer(Dict(), Dict()) with 2 KB',
  () => Buffer(Dict(), Dict(), { availableMemory: 2000 }),
  {
    layer: (inner) => Buffer(Dict(), inner, { availableMemory: 2000 }),
  },
);

/** A slow store whose appends wait until they are let through, and fail while `broken` is set. */
class Sluice extends Layer<Uint8Array> {
  broken = false;
  readonly batches: Batch<Uint8Array>[] = [];
  #open: Promise<void> = Promise.resolve();

  /** Holds appends back until the returned function is called. */
  hold(): () => void {
    let release = () => {};
    this.#open = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  override spec(): Spec {
    return { name: 'Sluice', args: [this.innerSpec()] };
  }

  protected override async _append(batch: Batch<Uint8Array>): Promise<void> {
    await this.#open;
    await new Promise(setImmediate);
    if (this.broken) throw new StorageError('no room on /disk', { code: 'ENOSPC', path: '/disk' });
    this.batches.push(batch);
    await this.inner._append(batch);
  }

  protected override _get(keys: readonly string[]) {
    return this.inner._get(keys);
  }
}

const make = (availableMemory: number) => {
  const slow = new Sluice('Sluice', Dict());
  return { slow, store: Buffer(Dict(), slow, { availableMemory }) };
};

const bytes = (length: number, fill = 1) => new Uint8Array(length).fill(fill);

describe('Buffer', () => {
  it('keeps what fits in memory and spills the largest keys first', async () => {
    const { slow, store } = make(100_000);
    await store.append({ small: bytes(1000), large: bytes(40_000) });
    expect(store.stats().spilled).toBe(0);
    await store.append({ small: bytes(1000), large: bytes(40_000) });
    while (store.stats().spilled === 0) await new Promise(setImmediate);
    expect(new Set(slow.batches.flatMap(({ keys }) => keys))).toEqual(new Set(['large']));
    expect(await store.get(['small', 'large'])).toEqual([bytes(2000), bytes(80_000)]);
    await store.close();
  });

  it('shows every byte once while a spill is under way', async () => {
    const { slow, store } = make(100_000);
    const release = slow.hold();
    await store.append({ a: bytes(80_000, 1) });
    await store.append({ a: bytes(10, 2) });
    const during = store.get('a');
    expect(await store.has('a')).toBe(true);
    const keys = [];
    for await (const key of store.keys()) keys.push(key);
    expect(keys).toEqual(['a']);
    release();
    const expected = new Uint8Array(80_010).fill(1, 0, 80_000).fill(2, 80_000);
    expect(await during).toEqual(expected);
    await store.flush();
    expect(await store.get('a')).toEqual(expected);
    await store.close();
  });

  it('lists every key once while they move from memory to the slow store', async () => {
    const { store } = make(100_000);
    const names = Array.from({ length: 200 }, (_, i) => `k${i}`).sort();
    for (const fill of [1, 2, 3]) {
      await store.append(names.map((name) => [name, bytes(200, fill)] as const));
      let flushed = false;
      const flushing = store.flush().then(() => {
        flushed = true;
      });
      while (!flushed) {
        const listed: string[] = [];
        for await (const key of store.keys()) listed.push(key);
        expect(listed.sort()).toEqual(names);
        // Listing what is in memory takes no turn of the event loop, which the spill needs.
        await new Promise(setImmediate);
      }
      await flushing;
    }
    await store.close();
  });

  it('makes an append wait only when the memory is spent, and keeps the order of those that wait', async () => {
    const { slow, store } = make(100_000);
    const release = slow.hold();
    await store.append({ a: bytes(80_000, 1) });
    await store.append({ b: bytes(10_000, 1) });
    let accepted = 0;
    const waiting = [2, 3, 4].map(async (fill) => {
      await store.append({ a: bytes(40_000, fill) });
      accepted++;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(accepted).toBe(0);
    release();
    await Promise.all(waiting);
    const value = await store.get('a');
    expect([value[0], value[80_000], value[120_000], value[160_000], value.length]).toEqual([
      1, 2, 3, 4, 200_000,
    ]);
    expect(store.stats().memory).toBeLessThanOrEqual(100_000);
    await store.close();
  });

  it('takes a batch larger than its memory', async () => {
    const { store } = make(1000);
    await store.append({ a: bytes(10) });
    await store.append({ a: bytes(50_000, 2) });
    expect((await store.get('a')).length).toBe(50_010);
    await store.close();
  });

  it('reports a failed spill once, keeps its bytes readable, and tries again', async () => {
    const { slow, store } = make(100_000);
    slow.broken = true;
    await store.append({ a: bytes(80_000, 1), b: bytes(10, 1) });
    await new Promise((resolve) => setTimeout(resolve, 10));
    await expect(store.append({ b: bytes(1) })).rejects.toMatchObject({
      code: 'ENOSPC',
      path: '/disk',
    });
    await expect(store.flush()).rejects.toThrow('/disk');
    expect(await store.get(['a', 'b'])).toEqual([bytes(80_000, 1), bytes(10, 1)]);
    slow.broken = false;
    await store.append({ a: bytes(5, 2) });
    await store.flush();
    expect(store.stats().memory).toBe(0);
    expect(await store.get('a')).toEqual(new Uint8Array(80_005).fill(1, 0, 80_000).fill(2, 80_000));
    await store.close();
  });

  it('rejects close when the last spill fails, and closes both stores all the same', async () => {
    const { slow, store } = make(100_000);
    slow.broken = true;
    await store.append({ a: bytes(10) });
    await expect(store.close()).rejects.toMatchObject({ code: 'ENOSPC' });
    await expect(slow.get('a')).rejects.toMatchObject({ code: 'SPILLWAY_CLOSED' });
  });

  it('does not make a paused stream hold up a spill, nor show it later bytes', async () => {
    const { store } = make(100_000);
    await store.append({ a: bytes(10, 1) });
    await store.flush();
    await store.append({ a: bytes(10, 2) });
    const stream = store.stream('a');
    const parts = [(await stream.next()).value as Uint8Array];
    await store.append({ a: bytes(10, 3) });
    await store.flush();
    for await (const part of stream) parts.push(part);
    expect(parts.flatMap((part) => [...part])).toEqual([...bytes(10, 1), ...bytes(10, 2)]);
    await store.close();
  });

  it('spills within exclusive work', async () => {
    const { store } = make(10_000);
    await store.exclusive(async (held) => {
      for (let i = 0; i < 20; i++) await held.append({ [`k${i % 3}`]: bytes(3000, i) });
      expect((await held.get('k0')).length).toBe(21_000);
    });
    expect((await store.get('k2')).length).toBe(18_000);
    await store.close();
  });

  it('refuses stores that hold values or do not count their memory', () => {
    expect(() => Buffer(new Sluice('Sluice', Dict()) as never, Dict())).toThrow(
      /counts its memory/,
    );
    expect(() => Buffer(Dict(), { append() {} } as unknown as Store)).toThrow(TypeError);
    expect(() => Buffer(Dict(), Dict(), { availableMemory: 0 })).toThrow(/availableMemory/);
  });
});
