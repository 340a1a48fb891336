/** Counts turns of the event loop until some work is done: one, after it, when that is done on this thread alone. */
export async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let working = true;
  const counting = (async () => {
    for (; working; turns++) await new Promise(setImmediate);
  })();
  await work;
  working = false;
  await counting;
  return turns;
}
