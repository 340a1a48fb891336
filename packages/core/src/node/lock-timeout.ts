/** The default of `lockTimeout`, in ms. */
export const LOCK_TIMEOUT = 30_000;

/** @throws {TypeError} unless it is a time to wait, in ms. */
export function checkLockTimeout(lockTimeout: number): void {
  if (!(typeof lockTimeout === 'number' && lockTimeout >= 0 && Number.isFinite(lockTimeout)))
    throw new TypeError(`lockTimeout must be a number of ms, not ${lockTimeout}`);
}
