export { Arrow, type ArrowStore } from './arrow.js';
