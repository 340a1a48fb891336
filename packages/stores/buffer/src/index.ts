export { Buffer, type BufferOptions, type BufferStore } from './buffer.js';
export type { MemoryStore } from './memory-store.js';
