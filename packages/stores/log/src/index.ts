export { Log, type LogOptions, type LogStore } from './log.js';
