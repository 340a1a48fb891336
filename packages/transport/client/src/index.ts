export { Client, type ClientOptions, type ClientStore } from './client.js';
