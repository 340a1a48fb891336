export type { Key as OOCMapKey } from './key.js';
export { type Lazy, LazyContainer, type LazyObject } from './lazy.js';
export { LazyDict } from './lazy-dict.js';
export { LazyList } from './lazy-list.js';
export { LazySet } from './lazy-set.js';
export { OOCMap, OutOfCoreMap } from './oocmap.js';
export type { OOCMapStats } from './stats.js';
