import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/** Frees what nothing refers to any more; takes up to a second in a process that has run many tests. */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  // The buffers of the first collection are freed beside the program; the second waits for that.
  collect();
}

/**
 * The memory of buffers, of `ArrayBuffer`s and of native code, that is in use: what is garbage does not count, so that
 * a test asserts what is kept, and not when V8 collected.
 */
export class LiveMemory {
  /** The most that there was more than at first, in bytes, of all looks. */
  peak = 0;
  readonly #first = inUse();

  look(): void {
    this.peak = Math.max(this.peak, inUse() - this.#first);
  }
}

function inUse(): number {
  collectGarbage();
  return process.memoryUsage().external;
}
