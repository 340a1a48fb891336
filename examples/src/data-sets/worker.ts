import { DirDB } from 'spillway';
import type { Statistics } from './statistics.js';

/** Dumps arrays of random walks into the directory: `worker.js path number arrays elements`. */
const [path = '', ...numbers] = process.argv.slice(2);
const [worker = 0, arrays = 0, elements = 0] = numbers.map(Number);

await using db = DirDB<Float64Array, Statistics>(path);
for (let i = 0; i < arrays; i++) {
  let at = 0;
  const walk = Float64Array.from({ length: elements }, () => (at += Math.random() - 0.5));
  await db.entry(`worker ${worker}/${i}`).putData(walk, { meta: { worker } });
}
