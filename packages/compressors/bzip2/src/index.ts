export { BZ2, type BZ2Options } from './bzip2.js';
