import type { Client } from 'spillway';
import { batch } from './stores.js';

type Remote = ReturnType<typeof Client>;

/**
 * Appends batches, some of them under way at a time, and gives the seconds until all are acknowledged.
 *
 * @param window how many are under way, of all stores together.
 */
export async function appendSeconds(
  stores: readonly Remote[],
  keys: number,
  size: number,
  calls: number,
  window: number,
): Promise<number> {
  const entries = batch(keys, size);
  await stores[0]?.drop();
  const began = performance.now();
  let next = 0;
  const send = async () => {
    while (next < calls) await (stores[next++ % stores.length] as Remote).append(entries);
  };
  await Promise.all(Array.from({ length: window }, send));
  return (performance.now() - began) / 1000;
}

/** Appends one by one, and gives the median of the seconds that each took. */
export async function awaitedSeconds(store: Remote, keys: number, size: number): Promise<number> {
  const entries = batch(keys, size);
  await store.drop();
  const took: number[] = [];
  for (let call = 0; call < 3000; call++) {
    const began = performance.now();
    await store.append(entries);
    took.push(performance.now() - began);
  }
  return (took.sort((a, b) => a - b)[took.length >> 1] as number) / 1000;
}
