export { Chest, ChestMap } from './chest.js';
export type { ChestKey } from './key.js';
export type { ChestOptions } from './options.js';
