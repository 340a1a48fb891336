import type { Store } from '@spillway/core';
import { File } from '@spillway/file';
import { Log, type LogStore } from '@spillway/log';

/** Small segments, so that there are many of them, and much to compact. */
const SEGMENT_BYTES = 300_000;

/** The stores that can be tortured. */
export type SubjectName = 'Log' | 'File';

/** Opens the store at a path. */
export function openSubject(name: SubjectName, path: string): Store {
  return name === 'Log' ? Log(path, { segmentBytes: SEGMENT_BYTES }) : File(path);
}

/** Whether a batch cut off by a kill is there whole or not at all. In a File it may be there in part. */
export function isAtomic(name: SubjectName): boolean {
  return name === 'Log';
}

/** The store as a log; `undefined` when it is none. */
export function asLog(store: Store): LogStore | undefined {
  return 'compact' in store ? (store as LogStore) : undefined;
}
