/** Something that is waited for, and what says that it is there. */
export function signal(): readonly [there: Promise<void>, set: () => void] {
  let set = () => {};
  const there = new Promise<void>((resolve) => {
    set = resolve;
  });
  return [there, set];
}
