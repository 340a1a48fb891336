export { Client, type ClientOptions, type ClientStore } from './client.js';
export { type ClientKeys, type KeyPair, makeKeys } from './keys.js';
