export { Dict, type DictStore } from './dict.js';
