export { Msgpack } from './msgpack.js';
