import { Server } from '@spillway/server';
import { openServed, serverPath } from './subject.js';

/** Serves the log of a place until it is killed, or told to stop. */
const [path] = process.argv.slice(2) as [string];
const server = await Server(openServed(path), { address: `ipc://${serverPath(path)}` });
process.on('message', () => server.close());
process.send?.('serving');
await server.closed;
process.disconnect();
