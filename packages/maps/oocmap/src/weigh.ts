import { isLatin1 } from './bytes.js';
import { DIGEST_BYTES, Packed, Reference, SHARED_BYTES, Shared, type Stored } from './stored.js';

/** Bytes that a member takes in a page, at most. */
export function weigh(stored: Stored): number {
  switch (typeof stored) {
    case 'number':
      return 9;
    case 'string':
      return 2 + (isLatin1(stored) ? stored.length : SHARED_BYTES);
    case 'bigint':
      return 2 + SHARED_BYTES;
  }
  if (stored instanceof Packed) return 2 + stored.bytes.length;
  if (stored instanceof Shared) return 2 + DIGEST_BYTES + 8;
  if (stored instanceof Reference) return 8;
  return 1;
}
