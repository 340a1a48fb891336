export { LZ4, type LZ4Options } from './lz4.js';
