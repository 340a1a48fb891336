/**
 * Jobs in the thread pool at a time, in this process: four times libuv's default of four threads, so that small ones
 * don't wait for the event loop, and few enough that their memory is bounded and that file operations get their turn.
 */
const AT_ONCE = 16;

let running = 0;
const waiting: (() => void)[] = [];

/** From how many bytes on a value's work is worth a thread of its own. */
export interface PoolSizes {
  /** When it is the only one: the event loop should not wait for it. */
  readonly alone: number;
  /** When others go with it: they can use more than one core. */
  readonly together: number;
}

/**
 * Whether work goes to the thread pool.
 *
 * @param bytes of the value.
 * @param together how many values are worked on together, this one included.
 */
export function isPooled(bytes: number, together: number, sizes: PoolSizes): boolean {
  return bytes >= (together > 1 ? sizes.together : sizes.alone);
}

/** Starts a job of the thread pool as soon as there is a place. */
export async function inPool<T>(job: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    return await job();
  } finally {
    // A place is handed on, so that nobody takes it in between.
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}
