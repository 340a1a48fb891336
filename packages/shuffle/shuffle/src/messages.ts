import type { MessagePort } from 'node:worker_threads';
import type { By } from '@spillway/partition';
import type { Kind, RowObject } from './chunk.js';
import type { Failure } from './failure.js';
import type { ParquetLibrary } from './parquet-library.js';
import type { Share } from './share.js';

/** What a thread is made with. */
export interface Orders {
  readonly kind: Kind;
  readonly by: By;
  /** Bytes for gathered rows. */
  readonly memory: number;
}

/** {@link Orders}, and where the store is served. */
export interface ThreadData extends Orders {
  readonly port: MessagePort;
}

/** Rows for a thread: to be read from a file, in an IPC stream, or as they are. */
export type Task =
  | { readonly share: Share; readonly library: ParquetLibrary }
  | { readonly ipc: Uint8Array }
  | { readonly rows: readonly RowObject[] };

/** What a thread is sent. */
export type Request = Task | 'end' | 'stop';

/** What a thread sends. */
export type Report =
  | 'ready'
  | { readonly rows: number }
  | 'done'
  | { readonly outcome: PackedOutcome }
  | { readonly failure: Failure };

/** What a thread stored; its schema as an IPC stream without batches. */
export interface PackedOutcome {
  readonly counts: Map<string, number>;
  readonly schema: Uint8Array | undefined;
  readonly mixed: boolean;
}
