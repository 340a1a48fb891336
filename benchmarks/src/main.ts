import { chest } from './chest.js';
import { compressors } from './compressors.js';
import { compressorThreads } from './compressors-threads.js';
import { whichCompressor } from './compressors-which.js';
import { dirdb } from './dirdb.js';
import { log } from './log.js';
import { oocmap } from './oocmap.js';
import { drawPicture } from './picture.js';
import { report } from './report.js';
import { shuffles } from './shuffle.js';
import { stores } from './stores.js';
import { transport } from './transport.js';

const benchmarks = {
  stores,
  log,
  transport,
  compressors,
  'compressors-threads': compressorThreads,
  'compressors-which': whichCompressor,
  shuffle: shuffles,
  chest,
  dirdb,
  oocmap,
};

const wanted = process.argv.slice(2);
for (const [name, run] of Object.entries(benchmarks)) {
  if (wanted.length === 0 || wanted.includes(name)) report(name, await run());
}
await drawPicture();
