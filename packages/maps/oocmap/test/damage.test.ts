import { copyFileSync, mkdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { usePlace } from './place.js';
import { Process } from './process.js';

/** Opens and reads the maps of all folders, one after another: LMDB ends a process that reads what isn't there. */
const READER = `
  import { readdirSync } from 'node:fs';
  const read = (other) => JSON.stringify([...other].filter(([key]) => key !== 'turn'));
  const whole = read(map);
  for (const folder of readdirSync(directory + '/..').filter((name) => name !== 'whole')) {
    try {
      const other = OOCMap(directory + '/../' + folder);
      say(folder + (read(other) === whole ? ': whole' : ': other'));
      other.close();
    } catch (error) {
      say(folder + ': ' + error.name + (error.message.includes(error.path) ? '' : ' without its path'));
    }
  }
  map.close();
`;

describe('a file of an OOCMap that was cut short', () => {
  const place = usePlace();

  /** Makes a copy of the map's file without its last bytes. */
  function cut(folder: string, bytes: number): void {
    mkdirSync(join(place.path, folder));
    const [file, copy] = ['whole', folder].map((name) => join(place.path, name, 'data-0.mdb'));
    copyFileSync(file as string, copy as string);
    truncateSync(copy as string, statSync(copy as string).size - bytes);
  }

  const read = async (): Promise<string[]> => {
    const reader = new Process(join(place.path, 'whole'), 1, READER);
    expect(await reader.exit).toBe(0);
    return reader.lines;
  };

  it('is a CorruptError with its path, wherever it ends', async () => {
    const map = place.open('whole');
    for (let i = 0; i < 2000; i++) map.set(i, { i, text: `text ${i} `.repeat(10) });
    map.set('large', new Uint8Array(300_000).fill(7));
    map.close();
    const { size } = statSync(join(place.path, 'whole', 'data-0.mdb'));
    const parts = Array.from({ length: 15 }, (_, i) => Math.floor((size * (i + 1)) / 16));
    const ends = [0, 1, 100, 4096, 8191, 8192, ...parts, size - 4096, size - 1];
    const folders = ends.map((end) => `to ${String(end).padStart(9, '0')}`);
    for (const [i, end] of ends.entries()) cut(folders[i] as string, size - end);
    expect(await read()).toEqual(folders.map((folder) => `${folder}: CorruptError`));
  });

  it('is opened if it lacks only what nothing is in', async () => {
    const map = place.open('whole');
    for (let i = 0; i < 100; i++) map.set(i, `text ${i} `.repeat(10));
    await map.flushed;
    for (let i = 0; i < 40; i++) map.set(`large ${i}`, new Uint8Array(50_000).fill(i));
    await map.flushed;
    for (let i = 0; i < 40; i++) map.delete(`large ${i}`);
    const pageSize = readFileSync(join(place.path, 'whole', 'data-0.mdb')).readUInt32LE(48);
    // What is in use moves among the pages that came free, and now and then leaves the last one.
    for (let turn = 0; turn < 20; turn++) {
      map.set('turn', turn);
      await map.flushed;
      cut(`after turn ${turn}`, pageSize);
    }
    map.close();
    const outcomes = (await read()).map((line) => line.split(': ')[1]);
    expect(outcomes).toHaveLength(20);
    expect(new Set(outcomes)).toEqual(new Set(['whole', 'CorruptError']));
  });
});
