export { type Bound, type By, type Hash, hash, type Range, type Row, range } from './by.js';
export { type Frame, Gather, type GatherOptions } from './gather.js';
export { KeyNumbers } from './key-numbers.js';
export { NULL_KEY, type PartitionValue, partitionKey, partitionText } from './partition-key.js';
export { type Partitioner, partitioner } from './partitioner.js';
export { type RowPartitioner, rowPartitioner } from './row-partitioner.js';
