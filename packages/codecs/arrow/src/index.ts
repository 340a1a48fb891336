export { Arrow, type ArrowStore } from './arrow.js';
export { arrowFile } from './arrow-file.js';
