export { Blosc, type BloscOptions } from './blosc.js';
