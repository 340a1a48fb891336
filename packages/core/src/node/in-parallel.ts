/** How many asynchronous calls are begun at a time: so many that libuv's threads never wait for this one. */
const PARALLEL = 16;

/**
 * Runs `work` for each item, a few at a time. When one fails, no further ones are begun; rejects with the
 * first error once all that were begun have ended.
 *
 * @param lanes how many at a time; by default so many that a disk and libuv's threads are kept busy.
 */
export async function inParallel<T>(
  items: Iterable<T>,
  work: (item: T) => Promise<void>,
  lanes = PARALLEL,
): Promise<void> {
  const left = items[Symbol.iterator]();
  let failed: { readonly error: unknown } | undefined;
  const lane = async () => {
    for (let item = left.next(); !item.done && !failed; item = left.next()) {
      try {
        await work(item.value);
      } catch (error) {
        failed ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (!failed) return;
  left.return?.();
  throw failed.error;
}
