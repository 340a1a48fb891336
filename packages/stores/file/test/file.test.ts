import { conformance } from '@spillway/core/conformance';
import { File } from '../src/index.js';

conformance('File(path)', async (place) => File(await place.directory()), {
  persistent: (path, _place, settings) => File(path, settings),
  beside: (store) => File((store as ReturnType<typeof File>).path),
  temporary: () => File(),
  disk: true,
  processes: new URL('../dist/index.js', import.meta.url),
});
