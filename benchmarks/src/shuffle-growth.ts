import { readFileSync } from 'node:fs';
import { type RecordBatch, tableFromIPC } from 'apache-arrow';
import { hash, shuffle } from 'spillway';
import { seconds } from './measure.js';

/*
 * A program of its own, so that its memory is counted alone: `shuffle-growth IPC-FILE ROWS MEMORY PARTITIONS` prints
 * rows a second and the peak of its resident memory, as JSON.
 */

const [file = '', rows = '', memory = '', partitions = ''] = process.argv.slice(2);
const batches = tableFromIPC(readFileSync(file)).batches;
const wanted = Number(rows);

function* repeated(): Generator<RecordBatch> {
  for (let given = 0, i = 0; given < wanted; i++) {
    const batch = batches[i % batches.length] as RecordBatch;
    yield batch.numRows > wanted - given ? batch.slice(0, wanted - given) : batch;
    given += batch.numRows;
  }
}

let reading = 0;
const all = await seconds(async () => {
  const by = hash('date', Number(partitions));
  await using shuffled = await shuffle(repeated(), { by, memory: Number(memory) });
  let read = 0;
  reading = await seconds(async () => {
    for await (const [, table] of shuffled) read += table.numRows;
  });
  if (read !== wanted) throw new Error(`read ${read} of ${wanted} rows`);
});
// Not `resourceUsage().maxRSS`, in which the parent's memory counts.
const [, kibibytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
const peak = Number(kibibytes) * 1024;
console.log(JSON.stringify({ rate: wanted / all, stored: wanted / (all - reading), peak }));
