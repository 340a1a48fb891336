import { describe, expect, it } from '@jest/globals';
import { StorageError } from '@spillway/core';
import { Chaos, type ChaosOptions, type Operation, Reference } from '@spillway/core/conformance';

const one = Uint8Array.of(1, 2, 3, 4);

async function outcome(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'done',
    (error: Error) => error.message,
  );
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('Chaos', () => {
  it.each<[Operation, (store: ReturnType<typeof Chaos>) => Promise<unknown>]>([
    ['append', (store) => store.append({ a: one })],
    ['get', (store) => store.get('a')],
    ['stream', (store) => collect(store.stream('a'))],
    ['has', (store) => store.has('a')],
    ['keys', (store) => collect(store.keys())],
    ['set', (store) => store.set({ a: one })],
    ['iset', (store) => store.iset('b', one)],
    ['delete', (store) => store.delete('a')],
    ['pop', (store) => store.pop('a')],
    ['flush', (store) => store.flush()],
    ['drop', (store) => store.drop()],
    ['close', (store) => store.close()],
  ])('fails one %s, and no other call', async (on, call) => {
    const store = Chaos(Reference());
    await store.append({ a: one });
    store.inject({ on, harm: 'fail' });
    const error: unknown = await call(store).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StorageError);
    expect(error).toMatchObject({ code: 'EIO' });
    expect((error as Error).message).toMatch(new RegExp(`^${on} failed .*: an injected fault$`));
    expect(store.struck).toBe(1);
    if (on === 'close') return expect(store.closed).toBe(true);
    await call(store);
    await store.close();
  });

  it('fails before anything was done, or after it was', async () => {
    const inner = Reference();
    await using store = Chaos(inner);
    store.inject({ on: 'append', harm: 'fail' });
    expect(await outcome(store.append({ a: one }))).toContain(
      'append failed before anything was done',
    );
    expect(await inner.has('a')).toBe(false);
    store.inject({ on: 'append', harm: 'lose-ack' });
    expect(await outcome(store.append({ a: one }))).toContain('append failed after it was done');
    expect(await inner.get('a')).toEqual(one);
    store.inject({ on: 'pop', harm: 'lose-ack' });
    await expect(store.pop('a')).rejects.toMatchObject({ code: 'EIO' });
    expect(await inner.has('a')).toBe(false);
  });

  it('strikes the call it was told to', async () => {
    await using store = Chaos(Reference());
    store.inject({ on: 'append', harm: 'fail', call: 3 });
    const outcomes: string[] = [];
    for (let i = 0; i < 5; i++) outcomes.push(await outcome(store.append({ a: one })));
    expect(outcomes.map((text) => text === 'done')).toEqual([true, true, false, true, true]);
  });

  it('tears what is read', async () => {
    await using store = Chaos(Reference());
    await store.append({ a: one, b: one });
    store.inject({ on: 'get', harm: 'tear' });
    expect(await store.get(['a', 'b'])).toEqual([one.subarray(0, 2), one.subarray(0, 2)]);
    store.inject({ on: 'stream', harm: 'tear' });
    expect(await collect(store.stream('a'))).toEqual([one.subarray(0, 2)]);
    expect(await store.get('a')).toEqual(one);
  });

  it('delays, so that a later call may pass, but no append another one', async () => {
    await using store = Chaos(Reference());
    await store.append({ a: one });
    const order: string[] = [];
    store.inject({ on: 'get', harm: 'delay' });
    await Promise.all([
      store.get('a').then(() => order.push('first')),
      store.get('a').then(() => order.push('second')),
    ]);
    expect(order).toEqual(['second', 'first']);
    store.inject({ on: 'append', harm: 'delay' });
    await Promise.all([
      store.append({ b: one }).then(() => order.push('third')),
      store.append({ b: one.subarray(2) }).then(() => order.push('fourth')),
    ]);
    expect(order).toEqual(['second', 'first', 'third', 'fourth']);
    expect(await store.get('b')).toEqual(Uint8Array.of(1, 2, 3, 4, 3, 4));
    expect(store.struck).toBe(0);
  });

  it('strikes the same calls for the same seed', async () => {
    const struck = async (options: ChaosOptions) => {
      await using store = Chaos(Reference(), options);
      const outcomes: boolean[] = [];
      for (let i = 0; i < 200; i++) {
        outcomes.push((await outcome(store.append({ a: one }))) === 'done');
      }
      store.calm();
      return outcomes;
    };
    const first = await struck({ failing: 0.3, seed: 1 });
    expect(await struck({ failing: 0.3, seed: 1 })).toEqual(first);
    expect(await struck({ failing: 0.3, seed: 2 })).not.toEqual(first);
    expect(first.filter((done) => !done).length).toBeGreaterThan(30);
    expect(first.filter((done) => !done).length).toBeLessThan(90);
    expect(await struck({ seed: 1 })).toEqual(Array(200).fill(true));
  });
});
