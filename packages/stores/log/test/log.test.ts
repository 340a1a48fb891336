import { conformance } from '@spillway/core/conformance';
import { Log, type LogStore } from '../src/index.js';

conformance('Log(path)', async (place) => Log(await place.directory()), {
  persistent: (path, _place, settings) => Log(path, settings),
  beside: (store) => Log((store as LogStore).path),
  temporary: () => Log(),
  disk: true,
  processes: new URL('../dist/index.js', import.meta.url),
});
