export { castBatch } from './cast.js';
export { CONTINUATION, decode, readMessage } from './decode.js';
export { encode } from './encode.js';
export { join } from './join.js';
export { sameSchema } from './same-type.js';
export { StreamReader } from './stream-reader.js';
export { unify } from './unify.js';
