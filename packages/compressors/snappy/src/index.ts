export { Snappy, type SnappyOptions } from './snappy.js';
