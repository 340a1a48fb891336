import { Client } from '@spillway/client';
import type { Store } from '@spillway/core';
import { File } from '@spillway/file';
import { Log, type LogStore } from '@spillway/log';

/** Small segments, so that there are many of them, and much to compact. */
const SEGMENT_BYTES = 300_000;

/** The stores that can be tortured. */
export const SUBJECTS = ['Log', 'File', 'Server'] as const;
export type SubjectName = (typeof SUBJECTS)[number];

/** Where clients connect: a proxy that cuts connections, before a server over a Log. */
export const proxyPath = (path: string) => `${path}/proxy`;

/** Where the server listens, which is killed and started again. */
export const serverPath = (path: string) => `${path}/server`;

/** The log that it serves. */
export const openServed = (path: string) => Log(`${path}/log`, { segmentBytes: SEGMENT_BYTES });

/** Opens the store at a path. */
export function openSubject(name: SubjectName, path: string): Store {
  if (name === 'Server') return Client(`ipc://${proxyPath(path)}`, { timeout: 30_000 });
  return name === 'Log' ? Log(path, { segmentBytes: SEGMENT_BYTES }) : File(path);
}

/** Whether a batch cut off by a kill is there whole or not at all. In a File it may be there in part. */
export function isAtomic(name: SubjectName): boolean {
  return name !== 'File';
}

/** The store as a log; `undefined` when it is none. */
export function asLog(store: Store): LogStore | undefined {
  return 'compact' in store ? (store as LogStore) : undefined;
}
