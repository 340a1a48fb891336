export { type RunningServer, Server, type ServerOptions } from './server.js';
