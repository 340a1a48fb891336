export { File, type FileOptions, type FileStore } from './file.js';
