export { Buffer, type BufferOptions, type BufferStore, type MemoryStore } from './buffer.js';
