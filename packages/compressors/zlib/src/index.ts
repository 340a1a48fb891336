export { ZLib, type ZLibOptions } from './zlib.js';
