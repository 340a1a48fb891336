import { setImmediate as otherWork } from 'node:timers/promises';
import type { Awaitable } from '../gate.js';

/** How long synchronous calls may keep the event loop waiting, in ms. */
const SLICE = 5;

/** The clock is looked at once for so many steps. */
const STEPS = 8;

/** Cuts a long row of short synchronous calls into slices, between which other work of the thread runs. */
export class Slices {
  #end = performance.now() + SLICE;

  /** Whether it is time to {@link pause}. */
  get over(): boolean {
    return performance.now() > this.#end;
  }

  async pause(): Promise<void> {
    await otherWork();
    this.#end = performance.now() + SLICE;
  }
}

/** Calls `step` for each item, in order; without a promise when one slice is enough. */
export function inSlices<T>(items: Iterable<T>, step: (item: T) => void): Awaitable<void> {
  const left = items[Symbol.iterator]();
  if (!slice(left, step)) return goOn(left, step);
}

async function goOn<T>(left: Iterator<T>, step: (item: T) => void): Promise<void> {
  do await otherWork();
  while (!slice(left, step));
}

/** @returns whether the items have come to an end. */
function slice<T>(left: Iterator<T>, step: (item: T) => void): boolean {
  const end = performance.now() + SLICE;
  try {
    let count = 0;
    for (let item = left.next(); !item.done; item = left.next()) {
      step(item.value);
      if (++count % STEPS === 0 && performance.now() > end) return false;
    }
    return true;
  } catch (error) {
    left.return?.();
    throw error;
  }
}
