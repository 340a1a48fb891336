/**
 * Arrays larger than the budget, in a process of its own, whose peak memory is theirs: `chest-large.js WHO PATH` prints
 * what {@link LargeFigures} says. WHO is `chest`, with NumPy's files or MessagePack, or `plain`, which writes and reads as many
 * as spilled.
 */
import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Chest, type ChestOptions, npyFile } from 'spillway';
import { seconds } from './measure.js';

export interface LargeFigures {
  /** Bytes written a second, in megabytes, of those that were. */
  readonly write: number;
  readonly read: number;
  /** By how many megabytes the process grew at most. */
  readonly peak: number;
  readonly spilled: number;
}

const ARRAYS = 200;
const ELEMENTS = 1e6;
const BUDGET = 400e6;
const MEGABYTES = (ELEMENTS * Float64Array.BYTES_PER_ELEMENT) / 1e6;

const [who = '', path = '', count = String(ARRAYS)] = process.argv.slice(2);
const before = process.memoryUsage().rss;
const figures = who === 'plain' ? await plain(Number(count)) : await chest(who);
const peak = (process.resourceUsage().maxRSS * 1024 - before) / 1e6;
console.log(JSON.stringify({ ...figures, peak }));

async function chest(codec: string): Promise<Omit<LargeFigures, 'peak'>> {
  const options: ChestOptions<Float64Array> =
    codec === 'npy' ? { codec: npyFile } : { codec: 'msgpack' };
  await using arrays = Chest<number, Float64Array>(path, { ...options, availableMemory: BUDGET });
  let spilled = 0;
  const writing = await seconds(async () => {
    for (let i = 0; i < ARRAYS; i++) await arrays.set(i, new Float64Array(ELEMENTS).fill(i));
    spilled = readdirSync(path).filter((name) => name.startsWith('(')).length;
  });
  // Reading the first pushes the last ones out, which would be timed as well.
  await arrays.flush();
  let first = 0;
  const reading = await seconds(async () => {
    for (; first < spilled; first++) check(await arrays.get(first), first);
  });
  return {
    write: (spilled * MEGABYTES) / writing,
    read: (spilled * MEGABYTES) / reading,
    spilled,
  };
}

async function plain(spilled: number): Promise<Omit<LargeFigures, 'peak'>> {
  const place = (i: number) => join(path, String(i));
  const writing = await seconds(async () => {
    for (let i = 0; i < spilled; i++) await writeFile(place(i), new Float64Array(ELEMENTS).fill(i));
  });
  const reading = await seconds(async () => {
    for (let i = 0; i < spilled; i++) {
      const { buffer, byteOffset } = await readFile(place(i));
      check(new Float64Array(buffer, byteOffset, ELEMENTS), i);
    }
  });
  return {
    write: (spilled * MEGABYTES) / writing,
    read: (spilled * MEGABYTES) / reading,
    spilled,
  };
}

function check(array: Float64Array | undefined, i: number): void {
  if (array?.length !== ELEMENTS || array[ELEMENTS - 1] !== i)
    throw new Error(`array ${i} is wrong`);
}
