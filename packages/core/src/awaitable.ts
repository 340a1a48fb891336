import type { Awaitable } from './gate.js';

/** `work` on a value, at once when it is there. */
export function then<T, R>(value: Awaitable<T>, work: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(work) : work(value);
}

/** What `work` gives; what it throws, now or later, as `explain` puts it. */
export function attempt<T>(
  work: () => Awaitable<T>,
  explain: (cause: unknown) => Error,
): Awaitable<T> {
  const fail = (cause: unknown): never => {
    throw explain(cause);
  };
  try {
    const result = work();
    return result instanceof Promise ? result.catch(fail) : result;
  } catch (cause) {
    return fail(cause);
  }
}

/**
 * The results of `work` on each item, in order; a promise only when some work gives one. When some fails, it waits for
 * all that began, so that nothing reads the items any more, and fails as the first of them in order.
 */
export function all<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Awaitable<R>,
): Awaitable<R[]> {
  const results: Awaitable<R>[] = [];
  try {
    for (const [index, item] of items.entries()) results.push(work(item, index));
  } catch (error) {
    if (!results.some(isPromise)) throw error;
    results.push(Promise.reject(error));
  }
  return results.some(isPromise) ? settled(results) : (results as R[]);
}

async function settled<R>(results: readonly Awaitable<R>[]): Promise<R[]> {
  const outcomes = await Promise.allSettled(results);
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

function isPromise(value: unknown): boolean {
  return value instanceof Promise;
}
