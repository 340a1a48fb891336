import { setImmediate as otherWork } from 'node:timers/promises';
import type { Awaitable } from '@spillway/core';

/** How long synchronous work may keep the event loop waiting, in ms. */
const SLICE = 5;

/**
 * Runs work that yields whenever it could pause, and lets other work of the thread run every 5 ms; without
 * a promise when that is enough.
 */
export function inSlices<T>(work: Generator<void, T, void>): Awaitable<T> {
  const end = performance.now() + SLICE;
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (performance.now() > end) return goOn(work);
  }
}

async function goOn<T>(work: Generator<void, T, void>): Promise<T> {
  await otherWork();
  return inSlices(work);
}
