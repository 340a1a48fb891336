/** Bytes worked on at once: a few milliseconds of work. */
const BYTES_AT_ONCE = 2 ** 22;

/** How many bytes have had their turn since the event loop had its. */
let begun = 0;
let last: Promise<void> = Promise.resolve();

/** What gives the event loop its turn: browsers have no `setImmediate`. */
const afterTurn = globalThis.setImmediate ?? setTimeout;

/**
 * Whether work leaves turns to the event loop.
 *
 * @param bytes of the value.
 * @param together how many values are worked on together, this one included.
 */
export function isLong(bytes: number, together: number): boolean {
  return bytes * together > 2 * BYTES_AT_ONCE;
}

/** Waits until it is a block's turn, in the order of calls. */
export function turnFor(bytes: number): Promise<void> {
  last = last.then(async () => {
    if (begun > 0 && begun + bytes > BYTES_AT_ONCE) {
      await new Promise((resolve) => afterTurn(resolve));
      begun = 0;
    }
    begun += bytes;
  });
  return last;
}
