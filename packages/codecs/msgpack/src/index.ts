export { Msgpack } from './msgpack.js';
export { msgpackFile } from './msgpack-file.js';
