export { Zstd, type ZstdOptions } from './zstd.js';
