export { castBatch } from './cast.js';
export { CONTINUATION, decode, readMessage } from './decode.js';
export { encode } from './encode.js';
export { BatchEncoder, type BatchParts, EncodedBatch, encodeBatch } from './encoded-batch.js';
export { join } from './join.js';
export { ColumnLoader } from './load.js';
export { sameSchema } from './same-type.js';
export { StreamReader } from './stream-reader.js';
export { unify } from './unify.js';
