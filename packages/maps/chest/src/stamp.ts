import type { BigIntStats } from 'node:fs';

/** What tells a file from any other that was at the same path. */
export function stampOf({ ino, mtimeNs, size }: BigIntStats): string {
  return `${ino}:${mtimeNs}:${size}`;
}
