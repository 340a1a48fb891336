import { RequestKind } from '@spillway/wire';
import type { Call } from './call.js';

/** Appends of up to so many bytes are small, and are merged up to so many. */
const SMALL_BYTES = 64 * 2 ** 10;
const MERGED_BYTES = 256 * 2 ** 10;

/** Whether a call is an append that may travel with others in one request. */
export function isSmallAppend(call: Call | undefined): call is Call {
  return call?.kind === RequestKind.append && call.id === undefined && bytesOf(call) <= SMALL_BYTES;
}

/** Takes a small append from the front of a queue, and makes one call of it and those that follow it. */
export function takeMerged(queue: Call[]): Call {
  let count = 1;
  let bytes = bytesOf(queue[0] as Call);
  for (; count < queue.length; count++) {
    const next = queue[count];
    if (!isSmallAppend(next)) break;
    bytes += bytesOf(next);
    if (bytes > MERGED_BYTES) break;
  }
  const calls = queue.splice(0, count);
  if (count === 1) return calls[0] as Call;
  const keys: string[] = [];
  const values: Uint8Array[] = [];
  for (const { columns } of calls) {
    for (const key of columns?.keys ?? []) keys.push(key);
    for (const value of columns?.values ?? []) values.push(value);
  }
  return {
    kind: RequestKind.append,
    columns: { keys, values },
    eager: true,
    resolve: () => {
      for (const call of calls) call.resolve();
    },
    reject: (error) => {
      for (const call of calls) call.reject(error);
    },
  };
}

function bytesOf({ columns }: Call): number {
  let bytes = 0;
  for (const value of columns?.values ?? []) bytes += value.length;
  for (const key of columns?.keys ?? []) bytes += key.length;
  return bytes;
}
