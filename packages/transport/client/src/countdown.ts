/** A countdown is looked at so often; a thread that is held up misses one look, however long it takes. */
const STEPS = 4;

/**
 * Calls `over` after so many ms in which this thread ran: while it is held up, by long work of its own or by the
 * machine, it reads no answers either, and that is nobody's silence.
 *
 * @returns what `clearInterval` stops.
 */
export function countdown(ms: number, over: () => void): NodeJS.Timeout {
  let steps = 0;
  const timer = setInterval(() => {
    if (++steps < STEPS) return;
    clearInterval(timer);
    over();
  }, ms / STEPS);
  return timer;
}
