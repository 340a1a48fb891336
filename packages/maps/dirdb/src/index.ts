export type { CompressorName } from './compression.js';
export {
  DirDB,
  DirDBDirectory,
  type DirDBOptions,
  type EntryChange,
  type WatchOptions,
} from './dirdb.js';
export { DirDBEntry, type EntryStat, type PutOptions } from './entry.js';
export type { EntriesOptions } from './listing.js';
export { LockedEntry } from './locked-entry.js';
export type { Meta, MetaValue } from './metadata.js';
