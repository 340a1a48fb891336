/**
 * Jobs in the thread pool at a time, in this process: twice libuv's default of four threads, so that none of them waits
 * for the event loop, and few enough that their memory is bounded and that file operations get their turn.
 */
const AT_ONCE = 8;

/** There are more while they have no more bytes than this: small ones end before the event loop has started others. */
const BYTES_AT_ONCE = 2 ** 22;

interface Waiting {
  readonly bytes: number;
  readonly start: () => void;
}

let running = 0;
let runningBytes = 0;
const waiting: Waiting[] = [];

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

/**
 * Starts a job of the thread pool as soon as there is a place, in the order of calls.
 *
 * @param bytes of the value.
 */
export async function inPool<T>(bytes: number, job: () => Promise<T>): Promise<T> {
  if (waiting.length === 0 && hasPlace(bytes)) take(bytes);
  else await new Promise<void>((start) => waiting.push({ bytes, start }));
  try {
    return await job();
  } finally {
    running--;
    runningBytes -= bytes;
    // A place is taken for those who waited, so that nobody takes it in between.
    for (let next = waiting[0]; next && hasPlace(next.bytes); next = waiting[0]) {
      waiting.shift();
      take(next.bytes);
      next.start();
    }
  }
}

function hasPlace(bytes: number): boolean {
  return running < AT_ONCE || runningBytes + bytes <= BYTES_AT_ONCE;
}

function take(bytes: number): void {
  running++;
  runningBytes += bytes;
}
