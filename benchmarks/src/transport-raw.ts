import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Router } from 'zeromq';

const path = mkdtempSync(join(tmpdir(), 'spillway-bench-'));
const socket = new Router({ sendHighWaterMark: 0, receiveHighWaterMark: 0, linger: 0 });
await socket.bind(`ipc://${path}/s`);
process.send?.(`ipc://${path}/s`);
process.once('disconnect', () => {
  socket.close();
  rmSync(path, { recursive: true });
});
for await (const [sender] of socket) await socket.send([sender as Buffer, 'ok']);
