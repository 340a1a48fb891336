import { execFileSync } from 'node:child_process';

/**
 * Mounts a file system in memory at a directory.
 *
 * @param options of mount(8) for a tmpfs, e.g. `size=4m`.
 * @returns what takes it away; `undefined`, which is said, where mounting is not allowed.
 * @throws {Error} there, when `REQUIRE_PEERS=1` is in the environment.
 */
export function mountSmallDisk(path: string, options: string): (() => void) | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'spillway', path], { stdio: 'pipe' });
  } catch (cause) {
    if (process.env.REQUIRE_PEERS === '1')
      throw new Error('this test mounts a small file system, which is not allowed', { cause });
    console.warn('not run, for want of the right to mount a small file system');
    return undefined;
  }
  return () => {
    execFileSync('umount', [path]);
  };
}
