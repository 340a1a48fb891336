export {
  type By,
  type Hash,
  hash,
  type PartitionValue,
  partitionKey,
  partitionText,
  type Range,
  type Row,
  range,
} from '@spillway/partition';
export type { RowObject } from './chunk.js';
export type { RowFile, TableFile } from './formats.js';
export type { Progress, ShuffleOptions } from './options.js';
export { Partitions } from './partitions.js';
export { shuffle } from './shuffle.js';
export type { Source, Stored } from './source.js';
