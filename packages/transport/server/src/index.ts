export type { ServerKeys } from './keys.js';
export type { ServerStats } from './meter.js';
export { type RunningServer, Server, type ServerOptions } from './server.js';
